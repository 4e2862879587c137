package store

import (
	"fmt"
	"maps"
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// verifyChunk is how many rows Verify holds in memory at a time.
const verifyChunk = 500

// walk hands over the rows of a table in order of id, a chunk at a time.
func walk[M any](tx *Tx, table string, id func(M) osprey.ID, look func([]M) error) error {
	after := osprey.ID("")
	for {
		rows, err := selectRows[M](tx, table, "id > ? ORDER BY id LIMIT ?", []any{string(after), int64(verifyChunk)})
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := look(rows); err != nil {
			return err
		}
		after = id(rows[len(rows)-1])
	}
}

// folderWords are the columns of a folder that its analyses decide.
type folderWords struct {
	ID     osprey.ID         `db:"id"`
	Status osprey.Resolution `db:"status"`
	System osprey.Resolution `db:"system_resolution"`
}

// analysisWords are the columns of an analysis that decide them.
type analysisWords struct {
	Folder     osprey.ID           `db:"folder_id"`
	Group      osprey.ID           `db:"group_id"`
	Type       osprey.AnalysisType `db:"type"`
	Resolution osprey.Resolution   `db:"resolution"`
}

// checkFolders folds the analyses of each folder and compares.
func checkFolders(tx *Tx) (problems []Problem, err error) {
	err = walk(tx, "folder", func(f folderWords) osprey.ID { return f.ID }, func(folders []folderWords) error {
		ids := make([]osprey.ID, len(folders))
		for i, f := range folders {
			ids[i] = f.ID
		}
		c := in("folder_id", ids)
		rows, err := selectRows[analysisWords](tx, "analysis", c.sql, c.args)
		if err != nil {
			return err
		}
		of := make(map[osprey.ID][]osprey.Analysis)
		for _, a := range rows {
			of[a.Folder] = append(of[a.Folder], osprey.Analysis{Group: a.Group, Type: a.Type, Resolution: a.Resolution})
		}
		for _, f := range folders {
			status, system := osprey.FoldFolder(of[f.ID])
			if status != f.Status || system != f.System {
				problems = append(problems, Problem{"folder_status",
					fmt.Sprintf("%s says %s/%s, its analyses %s/%s", f.ID, f.Status, f.System, status, system)})
			}
		}
		return nil
	})
	return problems, err
}

// matchRow is the pair that a match is about.
type matchRow struct {
	Analysis osprey.ID `db:"analysis_id"`
	Image    osprey.ID `db:"image_id"`
}

// checkMatches compares the photos that a result names with the rows that keep
// them from being deleted.
func checkMatches(tx *Tx) (problems []Problem, err error) {
	err = walk(tx, "analysis", func(a query.Analysis) osprey.ID { return a.ID }, func(rows []query.Analysis) error {
		ids := make([]osprey.ID, len(rows))
		for i, a := range rows {
			ids[i] = a.ID
		}
		c := in("analysis_id", ids)
		matches, err := selectRows[matchRow](tx, "analysis_match", c.sql, c.args)
		if err != nil {
			return err
		}
		noted := make(map[osprey.ID]map[osprey.ID]bool)
		for _, m := range matches {
			if noted[m.Analysis] == nil {
				noted[m.Analysis] = make(map[osprey.ID]bool)
			}
			noted[m.Analysis][m.Image] = true
		}
		for _, r := range rows {
			a, err := analysisOf(r)
			if err != nil {
				problems = append(problems, Problem{"analysis_json", string(r.ID)})
				continue
			}
			if named := imagesNamed(a.Result); !maps.Equal(named, noted[a.ID]) {
				problems = append(problems, Problem{"match_result",
					fmt.Sprintf("%s names %d photos, %d are noted", a.ID, len(named), len(noted[a.ID]))})
			}
		}
		return nil
	})
	return problems, err
}

func imagesNamed(r *osprey.Result) map[osprey.ID]bool {
	out := make(map[osprey.ID]bool)
	if r == nil || r.Collection == nil {
		return out
	}
	for _, m := range r.Collection.Media {
		for _, p := range m.Persons {
			out[p.Image] = true
		}
	}
	return out
}

// object is what every kind with metadata has.
type object struct {
	ID       osprey.ID `db:"id"`
	Metadata string    `db:"metadata"`
}

// termRow is a searchable row.
type termRow struct {
	Object osprey.ID `db:"object_id"`
	Kind   string    `db:"kind"`
	Term   string    `db:"term"`
}

// tables of the kinds.
var tables = map[Kind]string{
	KindCompany: "company", KindUser: "account", KindFolder: "folder", KindMedia: "media",
	KindAnalysis: "analysis", KindCollection: "collection", KindPerson: "person", KindPersonImage: "person_image",
}

// checkMetadata flattens the metadata of each object anew and compares.
func checkMetadata(tx *Tx) (problems []Problem, err error) {
	for _, kind := range slices.Sorted(maps.Keys(tables)) {
		err := walk(tx, tables[kind], func(o object) osprey.ID { return o.ID }, func(objects []object) error {
			found, err := checkTerms(tx, kind, objects)
			problems = append(problems, found...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return problems, nil
}

func checkTerms(tx *Tx, kind Kind, objects []object) (problems []Problem, err error) {
	ids := make([]osprey.ID, len(objects))
	for i, o := range objects {
		ids[i] = o.ID
	}
	c := in("object_id", ids)
	rows, err := selectRows[termRow](tx, "meta", c.sql, c.args)
	if err != nil {
		return nil, err
	}
	noted := make(map[osprey.ID]map[string]bool)
	for _, r := range rows {
		if noted[r.Object] == nil {
			noted[r.Object] = make(map[string]bool)
		}
		noted[r.Object][r.Kind+" "+r.Term] = true
	}
	for _, o := range objects {
		var d decoder
		m := d.object(o.Metadata)
		want := make(map[string]bool)
		for _, t := range m.Flatten() {
			want[string(kind)+" "+term(t.Path, t.Text)] = true
		}
		if d.err != nil || !maps.Equal(want, noted[o.ID]) {
			problems = append(problems, Problem{"meta_rows",
				fmt.Sprintf("%s %s has %d values, %d are searchable", kind, o.ID, len(want), len(noted[o.ID]))})
		}
	}
	return problems, nil
}
