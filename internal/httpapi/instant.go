package httpapi

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/folder"
)

// maxInstantBytes bounds the body of a request of which nothing is stored: it stays in
// memory to the end.
const maxInstantBytes = 64 << 20

// instantFolder answers with the results of analyses and stores nothing (api.md 11).
func (a *API) instantFolder(c *call) (answer, error) {
	n := single{arrived: a.Clock.Now()}
	if err := a.Instant.Room(); err != nil {
		c.leaveBody()
		return nil, err
	}
	c.unstored = true
	u, err := a.folderBody(c)
	if err != nil {
		return nil, err
	}
	in, err := readIntake(c, u)
	if err != nil {
		return nil, err
	}
	in.ResolutionEndpoint = nil // it has no effect here
	requests, err := readRequests(u.Payload, readParts)
	if err != nil {
		return nil, err
	}
	if err := a.Instant.Check(requests); err != nil {
		return nil, err
	}
	n.received = a.Clock.Now()
	var out instantOutcome
	err = a.Instant.Do(c.ctx(), func(ctx context.Context) (err error) {
		n.begun = a.Clock.Now()
		out, err = a.instantly(ctx, c.grant, in, requests)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ok(a.showInstant(c, n, out))
}

// instantOutcome is what became of a request, with the media that it brought.
type instantOutcome struct {
	analysis.Outcome
	media []osprey.Media
}

// instantly receives the media of a request and judges them, all in memory.
func (a *API) instantly(ctx context.Context, g access.Grant, in folder.Intake, requests []analysis.Request) (out instantOutcome, err error) {
	if err := in.Metadata.Check("folder:meta_data"); err != nil {
		return out, err
	}
	company, hidden := a.instantCompany(ctx, g, in.Company)
	if hidden != nil && !osprey.IsCode(hidden, osprey.CodeNotExist) {
		return out, hidden
	}
	f, held, err := a.Receiver.Hold(ctx, company.ID, g.Actor.User, osprey.TimeOf(a.Clock.Now()), in)
	if err != nil {
		return out, err
	}
	// What the files are comes before what an id in the body names (api.md 1.11).
	if hidden != nil {
		return out, hidden
	}
	if err := osprey.CheckConsent(company, len(in.Files), in.Metadata, nil); err != nil {
		return out, err
	}
	u := analysis.Unstored{Folder: f, Requests: requests, Settings: company.Settings.Over(a.Thresholds())}
	if a.Folders != nil {
		if err := a.Folders.VerifyTakes(ctx, g, held); err != nil {
			return out, err
		}
		// A take that another request has spent meanwhile is judged again as spent.
		u.Settle = func(ctx context.Context) ([]analysis.Held, error) {
			spent, err := a.Folders.SpendTakes(ctx, g, held)
			if !spent && err == nil {
				err = a.Folders.VerifyTakes(ctx, g, held)
			}
			if spent || err != nil {
				return nil, err
			}
			return heldMedia(held), nil
		}
	}
	u.Media = heldMedia(held)
	out.Outcome, err = a.Instant.Judge(ctx, g, u)
	for _, h := range held {
		out.media = append(out.media, h.Media)
	}
	return out, err
}

func heldMedia(held []folder.Held) []analysis.Held {
	out := make([]analysis.Held, len(held))
	for i, h := range held {
		out[i] = analysis.Held{Media: h.Media, Data: h.Data}
	}
	return out
}

// instantCompany is the company whose settings judge a request: the caller's, or the
// one that a caller outside companies names; none is named without authentication.
// The installation's settings are those of the zero Company.
func (a *API) instantCompany(ctx context.Context, g access.Grant, named *osprey.ID) (osprey.Company, error) {
	if a.Accounts == nil || named == nil && g.Actor.Company == "" {
		return osprey.Company{}, nil
	}
	id, err := g.Company(named)
	if err != nil {
		return osprey.Company{}, err
	}
	company, err := a.Accounts.Company(ctx, g, id)
	if osprey.IsCode(err, osprey.CodeNotExist) {
		err = osprey.NotExistField("company_id")
	}
	return company, err
}

// showInstant shows a folder that exists nowhere.
func (a *API) showInstant(c *call, n single, out instantOutcome) folderObject {
	c.show.unstored = out.Images
	view := folder.View{Folder: out.Folder, Media: out.media, Analyses: out.Analyses, Results: out.Results}
	shown := a.showFolder(c, view, folder.Expand{Analyses: true})
	now := a.Clock.Now()
	shown.TimeLogs = &timeLogs{
		Upload: n.received.Sub(n.arrived).Milliseconds(), Queue: n.begun.Sub(n.received).Milliseconds(),
		Analysis: now.Sub(n.begun).Milliseconds(), Total: now.Sub(n.arrived).Milliseconds(),
	}
	return shown
}
