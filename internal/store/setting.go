package store

import "example.org/osprey/internal/store/query"

// Settings returns the run-time settings: key -> text as the registry parses it.
// They belong to no company, so that every scope reads them.
func (tx *Tx) Settings() (map[string]string, error) {
	rows, err := tx.q.Settings(tx.ctx)
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[r.Name] = r.Content
	}
	return out, nil
}

// SetSetting stores one; an empty text removes it. It needs osprey.Everything().
func (tx *Tx) SetSetting(key, text string) error {
	if err := tx.everything(); err != nil {
		return err
	}
	if text == "" {
		return tx.fail(tx.q.DropSetting(tx.ctx, key))
	}
	return tx.fail(tx.q.SetSetting(tx.ctx, query.SetSettingParams{Name: key, Content: text, Updated: tx.now}))
}
