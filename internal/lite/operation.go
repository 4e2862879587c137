package lite

import (
	"encoding/json"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/face"
)

// operation is one call.
type operation struct {
	path string
	name string // in the metrics
	side side
	// open calls need no token.
	open bool
	// analysis is the type that the caller must be allowed to start; calls without one
	// judge nothing.
	analysis osprey.AnalysisType
	types    []string   // of a body that is a sample as a whole
	parts    []partRule // of a multipart body
	// One of them: work judges, tell answers at once.
	work func(*call, input) (reply, error)
	tell func(*call) (reply, error)
}

// The names of parts.
const (
	featurePart   = "bio_feature"
	savedPart     = "bio_template"
	probePart     = "sample"
	firstPart     = "sample_1"
	secondPart    = "sample_2"
	presentedPart = "bio_sample"
	aboutPart     = "metadata"
)

func templateRule(name string) partRule {
	return partRule{names: []string{name}, kind: templatePart, types: []string{typeOctets}}
}

func photoRule(name string) partRule {
	return partRule{names: []string{name}, kind: samplePart, types: imageTypes}
}

// operations are all calls by their paths.
var operations = byPath([]operation{
	{path: "/version", name: "version", side: biometry, tell: (*call).version},
	{path: "/v1/face/pattern/health", name: "pattern_health", side: biometry, open: true, tell: healthOf(patternTasks...)},
	{path: "/v1/face/pattern/extract", name: "extract", side: biometry, analysis: osprey.AnalysisBiometry, types: imageTypes, work: (*call).extract},
	{
		path: "/v1/face/pattern/compare", name: "compare", side: biometry, analysis: osprey.AnalysisBiometry,
		parts: []partRule{templateRule(featurePart), templateRule(savedPart)}, work: (*call).compare,
	},
	{
		path: "/v1/face/pattern/verify", name: "verify", side: biometry, analysis: osprey.AnalysisBiometry,
		parts: []partRule{photoRule(probePart), templateRule(savedPart)}, work: (*call).verify,
	},
	{
		path: "/v1/face/pattern/extract_and_compare", name: "extract_and_compare", side: biometry, analysis: osprey.AnalysisBiometry,
		parts: []partRule{photoRule(firstPart), photoRule(secondPart)}, work: (*call).extractAndCompare,
	},
	{path: "/v1/face/liveness/health", name: "liveness_health", side: liveness, open: true, tell: healthOf(livenessTasks...)},
	{
		path: "/v1/face/liveness/detect", name: "detect", side: liveness, analysis: osprey.AnalysisQuality, types: imageTypes,
		parts: []partRule{
			{names: []string{presentedPart, probePart}, kind: samplePart, types: presentedTypes},
			{names: []string{aboutPart}, kind: metadataPart, types: []string{typeJSON}, optional: true},
		}, work: (*call).detect,
	},
})

func byPath(all []operation) map[string]*operation {
	out := make(map[string]*operation, len(all))
	for i := range all {
		out[all[i].path] = &all[i]
	}
	return out
}

// The tasks that the calls of each processor need.
var (
	patternTasks  = []face.Task{face.TaskDetect, face.TaskLandmarks, face.TaskEmbed, face.TaskPose}
	livenessTasks = append(patternTasks[:len(patternTasks):len(patternTasks)], face.TaskLiveness)
)

// healthObject answers the health calls.
type healthObject struct {
	Status  int    `json:"status"` // 0 ready, 3 not operative
	Message string `json:"message"`
}

const notOperative = 3

// healthOf makes the health call of models: 200 whatever the state is.
func healthOf(tasks ...face.Task) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o := healthObject{Message: c.o.Health(tasks...)}
		switch {
		case o.Message != "":
		case c.o.MayServe() != nil:
			o.Message = "shutting down"
		case c.queue.full():
			o.Message = "overloaded"
		}
		if o.Message != "" {
			o.Status = notOperative
		}
		return object(o), nil
	}
}

// versionObject answers /version.
type versionObject struct {
	Core   string        `json:"core"`
	Engine string        `json:"tfss"`
	Models []modelObject `json:"models"`
}

type modelObject struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func (c *call) version() (reply, error) {
	o := versionObject{Core: c.o.Version, Engine: c.o.Engine, Models: []modelObject{}}
	for _, m := range c.o.Models {
		o.Models = append(o.Models, modelObject{Name: m.Name, Version: m.Version})
	}
	return object(o), nil
}

// object answers 200 with JSON; HEAD gets the headers alone.
func object(v any) reply {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(http.StatusOK)
		if r.Method != http.MethodHead {
			_, _ = w.Write(jsonOf(v)) // the caller may be gone
		}
	}
}

// jsonOf encodes a value of this package, which never fails.
func jsonOf(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("lite: " + err.Error()) // a field of a type that JSON does not have
	}
	return b
}
