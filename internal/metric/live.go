package metric

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Live are figures that are asked for when somebody reads them. A function that
// is nil, or reports false, leaves its figure out: an absent figure raises an
// alarm, a wrong zero does not.
type Live struct {
	QueueDepth  func() (map[string]int, bool) // waiting jobs by kind
	QueueOldest func() (time.Duration, bool)
	WorkersBusy func() int
	Workers     int
	SearchFaces func() int // photos in the galleries
	Persons     func() (int, bool)
	Storage     func() map[string]int64  // bytes by kind: database, index, media
	Conns       func() (inUse, idle int) // of the database
	DiskFree    func() (float64, bool)   // share of the data disk, 0..1
	AuditWhole  func() (bool, bool)      // whether the last check of the chains held
	Models      func() []ModelWork
	QuotaRatios func() (map[string]float64, bool) // by quota, of the company that is furthest: 1 is the limit
	Webhooks    func() (pending int, oldest time.Duration, ok bool)
}

// ModelWork is what one model has done so far.
type ModelWork struct {
	Name string
	Runs int64
	Time time.Duration
}

// Watch adds the live figures. Call it once, when the house stands.
func (s *Set) Watch(l Live) {
	if s != nil {
		s.registry.MustRegister(&live{l})
	}
}

type live struct{ Live }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

var (
	queueDepth  = desc("queue_depth", "Jobs that wait.", "type")
	queueOldest = desc("queue_oldest_seconds", "Age of the job that has waited longest.")
	workerBusy  = desc("worker_busy", "Workers at work.")
	workerTotal = desc("worker_total", "Workers there are.")
	searchFaces = desc("search_faces", "Photos in the search index.")
	persons     = desc("collection_persons", "Persons in all collections.")
	storage     = desc("storage_bytes", "Bytes kept, by kind.", "kind")
	conns       = desc("db_conns", "Connections to the database, by state.", "state")
	diskFree    = desc("disk_free_ratio", "Free share of the data disk.")
	auditWhole  = desc("audit_chain_ok", "1 when the last check of all audit chains held.")
	webhookWait = desc("webhook_pending", "Webhook deliveries that wait.")
	webhookAge  = desc("webhook_oldest_pending_seconds", "Age of the webhook delivery that has waited longest, 0 when none waits.")
	quotaRatio  = desc("quota_used_ratio", "Share of a quota that is used in the running month, of the company that is furthest; 1 is the limit.", "type")
	engine      = desc("engine_seconds", "Time inside the inference engine, one observation an inference.", "model")
)

// Describe names the figures.
func (l *live) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		queueDepth, queueOldest, workerBusy, workerTotal, searchFaces,
		persons, storage, conns, diskFree, auditWhole, webhookWait, webhookAge, quotaRatio, engine,
	} {
		to <- d
	}
}

// Collect asks for each figure.
func (l *live) Collect(to chan<- prometheus.Metric) {
	set := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if l.QueueDepth != nil {
		if depth, ok := l.QueueDepth(); ok {
			for kind, n := range depth {
				set(queueDepth, float64(n), kind)
			}
		}
	}
	if l.QueueOldest != nil {
		if age, ok := l.QueueOldest(); ok {
			set(queueOldest, age.Seconds())
		}
	}
	if l.WorkersBusy != nil {
		set(workerBusy, float64(l.WorkersBusy()))
		set(workerTotal, float64(l.Workers))
	}
	if l.SearchFaces != nil {
		set(searchFaces, float64(l.SearchFaces()))
	}
	if l.Persons != nil {
		if n, ok := l.Persons(); ok {
			set(persons, float64(n))
		}
	}
	if l.Storage != nil {
		for kind, bytes := range l.Storage() {
			set(storage, float64(bytes), kind)
		}
	}
	if l.Conns != nil {
		inUse, idle := l.Conns()
		set(conns, float64(inUse), "in_use")
		set(conns, float64(idle), "idle")
	}
	if l.DiskFree != nil {
		if share, ok := l.DiskFree(); ok {
			set(diskFree, share)
		}
	}
	l.collectChecks(to, set)
}

func (l *live) collectChecks(to chan<- prometheus.Metric, set func(*prometheus.Desc, float64, ...string)) {
	if l.AuditWhole != nil {
		if whole, known := l.AuditWhole(); known {
			v := 0.0
			if whole {
				v = 1
			}
			set(auditWhole, v)
		}
	}
	if l.Webhooks != nil {
		if n, age, ok := l.Webhooks(); ok {
			set(webhookWait, float64(n))
			set(webhookAge, age.Seconds())
		}
	}
	if l.QuotaRatios != nil {
		if used, ok := l.QuotaRatios(); ok {
			for name, ratio := range used {
				set(quotaRatio, ratio, name)
			}
		}
	}
	if l.Models == nil {
		return
	}
	for _, m := range l.Models() {
		to <- prometheus.MustNewConstSummary(engine, uint64(max(m.Runs, 0)), m.Time.Seconds(), nil, m.Name)
	}
}
