package metric_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"example.org/osprey"
	"example.org/osprey/internal/metric"
)

// figures reads a set into name{label=value,...} -> value, histograms and
// summaries by their count.
func figures(t *testing.T, s *metric.Set) map[string]float64 {
	t.Helper()
	families, err := s.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]float64)
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "osprey_") {
			continue
		}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			slices.Sort(labels)
			out[strings.TrimPrefix(f.GetName(), "osprey_")+"{"+strings.Join(labels, ",")+"}"] = value(m)
		}
	}
	return out
}

func value(m *dto.Metric) float64 {
	return m.GetCounter().GetValue() + m.GetGauge().GetValue() +
		float64(m.GetHistogram().GetSampleCount()) + float64(m.GetSummary().GetSampleCount())
}

func TestFigures(t *testing.T) {
	t.Parallel()
	s := metric.New(metric.Build{Version: "1.0.0", Commit: "abc", Go: "go1", Engine: "onnxruntime 1.30.0"})
	s.RequestBegun("api")("GET", "GET /api/folders", 200, time.Second)
	s.RequestBegun("api")("BREW", "", 405, time.Second)
	s.RequestBegun("api") // still running
	s.AnalysisEnded(osprey.AnalysisCollection, osprey.ResolutionDeclined, "api", time.Second)
	s.Stage("detect", 0.01)
	s.Retried("analysis")
	s.FaceRejected(osprey.CodeNoFace, "enrolment")
	s.FaceRejected(osprey.CodeConflict, "enrolment") // no face fault
	s.Score(osprey.AnalysisCollection, 0.93)
	s.Score(osprey.AnalysisCollection, 1)
	s.Searched("photo", time.Millisecond)
	s.AuthFailed("invalid")
	s.RateLimited("company")
	late := osprey.GestureReason("TOO_EARLY")
	s.GestureJudged(osprey.Gesture{Tag: osprey.GestureTagSmile, Detected: true})
	s.GestureJudged(osprey.Gesture{Tag: osprey.GestureTagSmile, Reason: &late})
	s.GestureJudged(osprey.Gesture{Tag: "a step that a stranger made up"})
	s.Injection(0.07)
	s.Expired(osprey.Erased{Media: 2, Folders: 1})
	s.Transaction("write", time.Millisecond)
	s.ModelLoaded("fr_feature", "1", "cpu")
	s.Watch(metric.Live{
		QueueDepth:  func() (map[string]int, bool) { return map[string]int{"analysis": 3}, true },
		QueueOldest: func() (time.Duration, bool) { return 0, false },
		WorkersBusy: func() int { return 1 }, Workers: 2,
		SearchFaces: func() int { return 7 },
		Persons:     func() (int, bool) { return 5, true },
		Storage:     func() map[string]int64 { return map[string]int64{"database": 10} },
		Conns:       func() (int, int) { return 1, 3 },
		DiskFree:    func() (float64, bool) { return 0.5, true },
		AuditWhole:  func() (bool, bool) { return true, true },
		QuotaRatios: func() (map[string]float64, bool) { return map[string]float64{"quality": 0.8}, true },
		Models:      func() []metric.ModelWork { return []metric.ModelWork{{Name: "fr_feature", Runs: 4, Time: time.Second}} },
	})
	got := figures(t, s)
	want := map[string]float64{
		"build_info{commit=abc,engine=onnxruntime 1.30.0,go=go1,version=1.0.0}":         1,
		"http_requests_total{code=200,component=api,method=GET,route=GET /api/folders}": 1,
		"http_requests_total{code=405,component=api,method=other,route=}":               1,
		"http_request_seconds{component=api,route=GET /api/folders}":                    1,
		"http_request_seconds{component=api,route=}":                                    1,
		"http_in_flight{component=api}":                                                 1,
		"analyses_total{resolution=DECLINED,source=api,type=COLLECTION}":                1,
		"analysis_seconds{type=COLLECTION}":                                             1,
		"analysis_stage_seconds{stage=detect}":                                          1,
		"retries_total{cause=analysis}":                                                 1,
		"quality_rejects_total{code=20,place=enrolment}":                                1,
		"score_bucket_total{bucket=0.90,type=COLLECTION}":                               1,
		"score_bucket_total{bucket=0.95,type=COLLECTION}":                               1,
		"search_seconds{op=photo}":                                                      1,
		"gesture_total{result=detected,tag=video_selfie_smile}":                         1,
		"gesture_total{result=too_early,tag=video_selfie_smile}":                        1,
		"gesture_total{result=not_detected,tag=other}":                                  1,
		"injection_score_bucket_total{bucket=0.05}":                                     1,
		"retention_deleted_total{kind=media}":                                           2,
		"retention_deleted_total{kind=folder}":                                          1,
		"retention_deleted_total{kind=analysis}":                                        0,
		"db_seconds{op=write}":                                                          1,
		"db_conns{state=in_use}":                                                        1,
		"db_conns{state=idle}":                                                          3,
		"auth_failures_total{reason=invalid}":                                           1,
		"rate_limited_total{scope=company}":                                             1,
		"model_info{name=fr_feature,provider=cpu,version=1}":                            1,
		"queue_depth{type=analysis}":                                                    3,
		"worker_busy{}":                                                                 1,
		"worker_total{}":                                                                2,
		"search_faces{}":                                                                7,
		"collection_persons{}":                                                          5,
		"storage_bytes{kind=database}":                                                  10,
		"disk_free_ratio{}":                                                             0.5,
		"quota_used_ratio{type=quality}":                                                0.8,
		"audit_chain_ok{}":                                                              1,
		"engine_seconds{model=fr_feature}":                                              4,
	}
	for name, v := range want {
		if got[name] != v {
			t.Errorf("%s = %v, want %v", name, got[name], v)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("unexpected figure %s", name)
		}
	}
}

func TestNilSetTakesEverything(t *testing.T) {
	t.Parallel()
	var s *metric.Set
	s.RequestBegun("api")("GET", "", 200, 0)
	s.AnalysisEnded(osprey.AnalysisCollection, osprey.ResolutionSuccess, "", 0)
	s.Stage("", 0)
	s.Retried("")
	s.FaceRejected(osprey.CodeNoFace, "")
	s.Score("", 0)
	s.Searched("", 0)
	s.AuthFailed("")
	s.RateLimited("")
	s.ModelLoaded("", "", "")
	s.Watch(metric.Live{})
	if got := figures(t, s); len(got) != 0 {
		t.Errorf("a nil set kept %v", got)
	}
}
