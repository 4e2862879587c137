package pack

// What tests of the exported package need of its inside.
var (
	// SHA256Hex lets tests vouch for a file that they changed.
	SHA256Hex = sha256Hex
	// RewriteGraph lets tests compute with a rewritten graph.
	RewriteGraph = rewriteGraph
	// FromHalf widens a float16.
	FromHalf = fromHalf
)
