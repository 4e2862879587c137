package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/analysis"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/wire"
)

// single is what a single request needs to know of its own course (api.md 10).
type single struct {
	arrived  time.Time
	received time.Time // the body was read
	begun    time.Time // a worker had time, of the Instant API
	wait     time.Duration
}

// readSingle reads the analyses that a payload asks for, none when it asks for none.
// Their media are named by parts.
func readSingle(o *wire.Object) ([]analysis.Request, error) {
	if o.Length("analyses") < 1 {
		return nil, o.Err()
	}
	return readRequests(o, readParts)
}

// readParts reads source_media as names of parts; repeated names count once, an empty
// array is an absent one.
func readParts(o *wire.Object, r *analysis.Request) {
	seen := make(map[string]bool)
	for i, name := range o.Strings("source_media") {
		if !seen[name] {
			seen[name] = true
			r.Parts, r.SourceIndex = append(r.Parts, name), append(r.SourceIndex, i)
		}
	}
}

// singleRequest makes a folder, starts its analyses with it and waits for them. A
// caller who leaves changes nothing: what was received is done.
func (a *API) singleRequest(c *call, in folder.Intake, requests []analysis.Request, n single) (answer, error) {
	started, err := a.Analyses.Single(c.grant, requests)
	if err != nil {
		return nil, err
	}
	in.Analyses = started
	// What is recorded with the folder is the answer of a request that did not wait;
	// a repetition is given it when the process dies before the analyses end.
	recorded, err := recording(c, http.StatusAccepted, func(v folder.View) any {
		shown, _ := a.showSingle(c, v, n.arrived, a.Clock.Now())
		return shown
	})
	if err != nil {
		return nil, err
	}
	ctx := context.WithoutCancel(recorded)
	view, err := a.Folders.Create(ctx, c.grant, in)
	if err != nil {
		return nil, err
	}
	stored := a.Clock.Now()
	err = a.Analyses.WaitFolder(c.ctx(), c.grant, view.Folder.ID, n.wait)
	if err == nil {
		var now folder.View
		if now, err = a.Folders.Get(ctx, c.grant, view.Folder.ID, allAnalyses); err == nil {
			view = now
		}
	}
	if err != nil && c.ctx().Err() == nil {
		// The folder is stored and its work goes on: whatever fails now, the caller is
		// told where it is (api.md 10).
		a.Log.Error("a single request is answered as it was stored", "error", err, "folder_id", view.Folder.ID)
	}
	shown, done := a.showSingle(c, view, n.arrived, stored)
	if !done {
		return respond(http.StatusAccepted, shown), nil
	}
	return created(shown)
}

var allAnalyses = folder.Expand{Analyses: true}

// showSingle shows the folder of a single request as it is now; done is whether all
// its analyses have ended.
func (a *API) showSingle(c *call, v folder.View, arrived, stored time.Time) (folderObject, bool) {
	shown := a.showFolder(c, v, allAnalyses)
	times, done := timesOf(arrived, stored, a.Clock.Now(), v.Analyses)
	shown.TimeLogs = &times
	return shown, done
}

// timeLogs tell where the time of a request went, in milliseconds: receiving and
// storing, waiting for a worker, analysing, and all of it.
type timeLogs struct {
	Upload   int64 `json:"upload_ms"`
	Queue    int64 `json:"queue_ms"`
	Analysis int64 `json:"analysis_ms"`
	Total    int64 `json:"total_ms"`
}

// timesOf measures a request whose folder was stored at a time and whose answer is
// made now. The analyses run side by side: the queue ends when the first begins, the
// analysis when the last ends. done is whether all have ended.
func timesOf(arrived, stored, now time.Time, analyses []osprey.Analysis) (t timeLogs, done bool) {
	begun, ended, done := now, stored, true
	for _, a := range analyses {
		if at, ok := begunAt(a); ok && at.Before(begun) {
			begun = at
		}
		if a.State == osprey.StateProcessing {
			ended, done = now, false
		} else if at := a.Finished.Time(); done && at.After(ended) {
			ended = at
		}
	}
	// The clock of the rows may lie a little beside that of the request.
	if begun.Before(stored) {
		begun = stored
	}
	if ended.After(now) {
		ended = now
	}
	return timeLogs{
		Upload: stored.Sub(arrived).Milliseconds(), Queue: begun.Sub(stored).Milliseconds(),
		Analysis: max(0, ended.Sub(begun).Milliseconds()), Total: now.Sub(arrived).Milliseconds(),
	}, done
}

// begunAt is when the last try of an analysis began, as it noted; false for one that
// noted none.
func begunAt(a osprey.Analysis) (time.Time, bool) {
	n, ok := a.Technical["queue_ms"].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	ms, err := n.Int64()
	return a.Created.Time().Add(time.Duration(ms) * time.Millisecond), err == nil
}
