package webhook

import (
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Ended is called in the transaction in which an analysis finished or failed, after its
// row was written: when it was the last open one of its group with its address, the
// address is told.
func (s *Service) Ended(tx *store.Tx, a osprey.Analysis) error {
	url := osprey.ResolutionEndpoint(a.ResolutionEndpoint)
	if url == "" {
		return nil
	}
	return s.completeGroup(tx, a, url)
}

// Decided is called in the transaction of an operator's verdict.
func (s *Service) Decided(tx *store.Tx, a osprey.Analysis) error {
	url := osprey.ResolutionEndpoint(a.ResolutionEndpoint)
	if url == "" {
		return nil
	}
	return s.insert(tx, osprey.Delivery{
		Event: osprey.EventOperatorDecided, Company: a.Company, Folder: a.Folder, Analysis: a.ID, URL: url,
	})
}

// Deleted is called in the transaction that deleted an analysis, with the analysis as it
// was. Deleted analyses do not count: an open one may complete its group by going, and
// when none is left with its address there is nothing to tell any more.
func (s *Service) Deleted(tx *store.Tx, a osprey.Analysis) error {
	url := osprey.ResolutionEndpoint(a.ResolutionEndpoint)
	if url == "" {
		return nil
	}
	if _, err := tx.DropAnalysisDeliveries(a.ID); err != nil {
		return err
	}
	left, err := groupAt(tx, a.Folder, a.Group, url)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		_, err := tx.DropGroupDeliveries(a.Group, url)
		return err
	}
	if a.State != osprey.StateProcessing {
		return nil // the group was complete without it, or still is not
	}
	return s.completeGroup(tx, a, url)
}

// completeGroup writes the event of a group for an address if every analysis of the
// group that has it has come to its end.
func (s *Service) completeGroup(tx *store.Tx, a osprey.Analysis, url string) error {
	group, err := groupAt(tx, a.Folder, a.Group, url)
	if err != nil || !osprey.GroupAddress(group, a.Group, url) {
		return err
	}
	return s.insert(tx, osprey.Delivery{
		Event: osprey.EventGroupCompleted, Company: a.Company, Folder: a.Folder, Group: a.Group, URL: url,
	})
}

// groupAt reads the analyses of a group that have an address, oldest first.
func groupAt(tx *store.Tx, folder, group osprey.ID, url string) ([]osprey.Analysis, error) {
	all, err := tx.AnalysesOfFolders([]osprey.ID{folder})
	if err != nil {
		return nil, err
	}
	var out []osprey.Analysis
	for _, a := range all[folder] {
		if a.Group == group && osprey.ResolutionEndpoint(a.ResolutionEndpoint) == url {
			out = append(out, a)
		}
	}
	return out, nil
}

// Announce writes an event of a company as such, to the company's address, with details
// that the request carries beside company_id. It is called in the transaction that makes
// the event; without an address nothing happens.
func (s *Service) Announce(tx *store.Tx, company osprey.ID, event osprey.WebhookEvent, details osprey.Metadata) error {
	c, err := tx.Company(company)
	if err != nil {
		return err
	}
	url := osprey.ResolutionEndpoint(c.ResolutionEndpoint)
	if url == "" {
		return nil
	}
	return s.insert(tx, osprey.Delivery{Event: event, Company: company, URL: url, Details: details})
}

func (s *Service) insert(tx *store.Tx, d osprey.Delivery) error {
	d.ID, d.EventID = s.o.IDs.New(), s.o.IDs.New()
	_, err := tx.InsertDelivery(d)
	return err
}

// errErased means that what a delivery is about does not exist any more.
var errErased = errors.New("webhook: what the delivery is about was erased")

// occasion reads what a delivery tells, as it is now. errErased: there is nothing left.
func occasion(tx *store.Tx, d osprey.Delivery) (Occasion, error) {
	o := Occasion{Delivery: d}
	if d.Folder == "" {
		return o, nil
	}
	f, err := tx.Folder(d.Folder)
	if errors.Is(err, store.ErrNotFound) {
		return o, errErased
	}
	if err != nil {
		return o, err
	}
	o.Folder = &f
	if d.Event == osprey.EventGroupCompleted {
		o.Analyses, err = groupAt(tx, d.Folder, d.Group, d.URL)
	} else {
		var a osprey.Analysis
		if a, err = tx.Analysis(d.Analysis); err == nil {
			o.Analyses = []osprey.Analysis{a}
		}
	}
	if errors.Is(err, store.ErrNotFound) || (err == nil && len(o.Analyses) == 0) {
		return o, errErased
	}
	if err != nil {
		return o, err
	}
	return o, addMedia(tx, &o)
}

// addMedia reads the media of the folder and the result images of the analyses.
func addMedia(tx *store.Tx, o *Occasion) error {
	media, err := tx.MediaOfFolders([]osprey.ID{o.Folder.ID})
	if err != nil {
		return err
	}
	ids := make([]osprey.ID, len(o.Analyses))
	for i, a := range o.Analyses {
		ids[i] = a.ID
	}
	results, err := tx.ResultImages(ids)
	if err != nil {
		return err
	}
	o.Media = media[o.Folder.ID]
	for _, id := range ids {
		o.Results = append(o.Results, results[id]...)
	}
	return nil
}
