package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"example.org/osprey/internal/testphoto"
)

// benchOps is how many calls a benchmark makes at least, so that there is a 99th
// percentile to speak of. With -short it makes as few as it is asked for.
const benchOps = 200

// benchPhoto is a photograph of a size that people send.
type benchPhoto struct {
	name          string
	width, height int
}

var benchPhotos = []benchPhoto{{"small", 400, 400}, {"phone", 1080, 1440}, {"12MP", 3000, 4000}}

// photo cuts the face to the width, fills the frame, and adds the grain of a
// camera: what is smooth decodes quicker than a photograph does.
func (p benchPhoto) photo(b *testing.B) testphoto.Photo {
	b.Helper()
	face := testphoto.Resize(b, people(b).ada[0], p.width).Image(b)
	frame := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	draw.Draw(frame, frame.Rect, image.NewUniform(color.Gray{Y: 120}), image.Point{}, draw.Src)
	top := (p.height - face.Bounds().Dy()) / 2
	draw.Draw(frame, face.Bounds().Add(image.Pt(0, top)), face, image.Point{}, draw.Src)
	random := rand.New(rand.NewPCG(1, 1))
	for i := 0; i < len(frame.Pix); i += 4 {
		grain := random.IntN(17) - 8
		for j, v := range frame.Pix[i : i+3] {
			frame.Pix[i+j] = uint8(min(max(int(v)+grain, 0), 255))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, frame, &jpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	return testphoto.Photo{Name: p.name, JPEG: out.Bytes()}
}

// stand is a server under a benchmark.
type stand struct {
	company
	list string
	http *http.Client // without the checks of the tests, which would be measured too
	idle int64        // bytes of memory before the first call
	rows *tabwriter.Writer
	text bytes.Buffer

	sizes strings.Builder // of the photographs
}

func newStand(b *testing.B) *stand {
	b.Helper()
	s := start(b, "OSPREY_LOG_LEVEL=warn", "OSPREY_OPS_PPROF=true")
	st := &stand{http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}, idle: s.memory(b, "VmRSS")}
	st.company = s.tenant(b, s.admin(b))
	st.list = st.collection(b)
	st.rows = tabwriter.NewWriter(&st.text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(st.rows, "call\tphoto\tclients\ta second\tp50 ms\tp99 ms\tCPU ms\tof children\tin models\tmemory MiB\tpeak MiB\t")
	return st
}

// send makes a call and decodes the answer into out.
func (st *stand) send(method, path string, b body, want int, out any) error {
	req, err := http.NewRequest(method, st.base+path, bytes.NewReader(b.content))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", b.contentType)
	req.Header.Set("X-Forensic-Access-Token", st.ca.token)
	resp, err := st.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: %d %.300s", method, path, resp.StatusCode, raw)
	}
	return json.Unmarshal(raw, out)
}

// enrol adds a person.
func (st *stand) enrol(form body) error {
	var person struct{}
	return st.send(http.MethodPost, persons(st.list), form, 201, &person)
}

// check is a whole selfie check: folder, COLLECTION analysis, its end.
func (st *stand) check(form body) error {
	return st.run(form, object{"type": "COLLECTION", "collection_id": st.list})
}

// liveness is a whole liveness check: folder, QUALITY analysis, its end.
func (st *stand) liveness(form body) error { return st.run(form, object{"type": "QUALITY"}) }

// run makes a folder and one analysis of it, and waits for the end.
func (st *stand) run(form body, analysis object) error {
	var folder struct {
		ID string `json:"folder_id"`
	}
	if err := st.send(http.MethodPost, "/api/folders/", form, 201, &folder); err != nil {
		return err
	}
	var analyses []struct {
		ID string `json:"analysis_id"`
	}
	start := jsonBody(object{"analyses": []any{analysis}})
	if err := st.send(http.MethodPost, analysesOf(folder.ID), start, 201, &analyses); err != nil {
		return err
	}
	var done struct{ State string }
	if err := st.send(http.MethodGet, analysisPath(analyses[0].ID)+"?wait=60", body{}, 200, &done); err != nil {
		return err
	}
	if done.State != "FINISHED" {
		return fmt.Errorf("the analysis is %s", done.State)
	}
	return nil
}

// effort is what the process has spent so far.
type effort struct {
	cpu      time.Duration // all of it but the children's
	children time.Duration // CPU time of children that have ended: the decoder of videos
	models   time.Duration // inside ONNX Runtime, by the clock of the wall
}

// ticks is the unit of /proc/PID/stat, a hundredth of a second on every Linux.
const ticks = 10 * time.Millisecond

func (st *stand) effort(b *testing.B) effort {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", st.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name may hold blanks
	fields := strings.Fields(rest)
	var spent [4]time.Duration // user and system time, of the process and of its children
	for i := range spent {
		n, err := strconv.Atoi(fields[11+i])
		if err != nil {
			b.Fatalf("/proc/PID/stat: %s", raw)
		}
		spent[i] = time.Duration(n) * ticks
	}
	e := effort{cpu: spent[0] + spent[1], children: spent[2] + spent[3]}
	resp, err := http.Get(st.ops + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && strings.HasPrefix(name, "osprey_engine_seconds_sum{") {
			seconds, err := strconv.ParseFloat(value, 64)
			if err != nil {
				b.Fatal(err)
			}
			e.models += time.Duration(seconds * float64(time.Second))
		}
	}
	return e
}

// measure has clients make a call until it was made often enough.
func (st *stand) measure(b *testing.B, what string, p benchPhoto, clients int, call func(body) error, form body) {
	st.measureSome(b, what, p, clients, call, form, benchOps)
}

// measureSome is measure with a number of calls of its own.
func (st *stand) measureSome(b *testing.B, what string, p benchPhoto, clients int, call func(body) error, form body, ops int64) {
	n := int64(b.N)
	if !testing.Short() {
		n = max(n, ops)
	}
	var next atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	profiled := st.profile(b)
	before, begun := st.effort(b), time.Now()
	b.ResetTimer()
	for range clients {
		all.Go(func() {
			for next.Add(1) <= n {
				start := time.Now()
				if err := call(form); err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				took = append(took, time.Since(start))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	b.StopTimer()
	profiled()
	if len(took) == 0 {
		return
	}
	elapsed, after := time.Since(begun), st.effort(b)
	slices.Sort(took)
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	count := float64(len(took))
	p50, p99 := took[len(took)/2], took[(len(took)*99)/100]
	children := after.children - before.children
	cpu := after.cpu - before.cpu + children
	share := 0.0
	if cpu > 0 {
		share = 100 * float64(after.models-before.models) / float64(cpu)
	}
	rss, peak := float64(st.memory(b, "VmRSS"))/(1<<20), float64(st.memory(b, "VmHWM"))/(1<<20)
	b.ReportMetric(count/elapsed.Seconds(), "ops/s")
	b.ReportMetric(milliseconds(p50), "p50-ms")
	b.ReportMetric(milliseconds(p99), "p99-ms")
	b.ReportMetric(milliseconds(cpu)/count, "cpu-ms/op")
	b.ReportMetric(milliseconds(children)/count, "child-cpu-ms/op")
	b.ReportMetric(share, "%models")
	b.ReportMetric(peak, "peak-MiB")
	b.ReportMetric(float64(elapsed.Nanoseconds())/count, "ns/op")
	fmt.Fprintf(st.rows, "%s\t%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.0f%%\t%.0f\t%.0f\t\n",
		what, p.name, clients, count/elapsed.Seconds(), milliseconds(p50), milliseconds(p99),
		milliseconds(cpu)/count, milliseconds(children)/count, share, rss, peak)
}

// profileSeconds is how long a CPU profile runs.
const profileSeconds = 10

// profile takes a CPU profile of the server when OSPREY_BENCH_PROFILE names a
// folder for it. What it returns waits for the end.
func (st *stand) profile(b *testing.B) (wait func()) {
	b.Helper()
	folder := os.Getenv("OSPREY_BENCH_PROFILE")
	if folder == "" {
		return func() {}
	}
	done := make(chan error, 1)
	go func() {
		resp, err := http.Get(fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", st.ops, profileSeconds))
		if err != nil {
			done <- err
			return
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err == nil {
			name := strings.NewReplacer("/", "-", "=", "-").Replace(b.Name()) + ".pprof"
			err = os.WriteFile(filepath.Join(folder, name), raw, 0o644)
		}
		done <- err
	}()
	return func() {
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkServer measures the server over HTTP: photographs enrolled and selfies
// checked a second (folder, analysis, waiting for its end), by the size of the
// photograph and the number of clients; the share of the server's CPU time that is
// spent inside ONNX Runtime; its memory. On a machine that does other work too the
// share comes out too high, because time inside the models is by the wall's clock.
func BenchmarkServer(b *testing.B) {
	st := newStand(b)
	for _, p := range benchPhotos {
		photograph := p.photo(b)
		person, selfie := form(photo("image1", photograph)), form(photo("photo1", photograph))
		b.Run(fmt.Sprintf("enrol/photo=%s/clients=4", p.name), func(b *testing.B) {
			st.measure(b, "enrol", p, 4, st.enrol, person)
		})
		for _, clients := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("check/photo=%s/clients=%d", p.name, clients), func(b *testing.B) {
				st.measure(b, "check", p, clients, st.check, selfie)
			})
		}
		fmt.Fprintf(&st.sizes, "%s: %d by %d pixels, %d KiB. ", p.name, p.width, p.height, len(photograph.JPEG)>>10)
	}
	if err := st.rows.Flush(); err != nil {
		b.Fatal(err)
	}
	// A benchmark that only has parts prints no log of its own.
	fmt.Printf("\n%s\nMemory of the idle server: %d MiB.\n%s\n", &st.sizes, st.idle>>20, &st.text)
}

// BenchmarkLiveness measures passive liveness from the upload to the verdict: of a
// photograph, and of a clip of five seconds, 1280 by 720 pixels, H.264. The time of the
// stages is that of the server and of the decoder's child processes; they overlap where
// several analyses run.
func BenchmarkLiveness(b *testing.B) {
	st := newStand(b)
	// The frame is filled up to the sides of a phone's video; the face is 190 pixels wide.
	video := testphoto.Clip(b, testphoto.Studio, testphoto.Cut{
		From: 16, Seconds: 5, Format: "mp4", Filter: "scale=900:720:flags=lanczos,setsar=1,pad=1280:720:190:0:blue,noise=alls=4:allf=t,fps=30",
	})
	phone := benchPhotos[1]
	photograph := phone.photo(b)
	for _, kind := range []struct {
		name string
		size benchPhoto
		form body
	}{
		{"photo", phone, form(photo("photo1", photograph))},
		{"video", benchPhoto{"5 s 720p", 1280, 720}, form(file("video1", "video1.mp4", string(video)))},
	} {
		for _, clients := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("%s/clients=%d", kind.name, clients), func(b *testing.B) {
				st.measureSome(b, "liveness", kind.size, clients, st.liveness, kind.form, livenessOps)
			})
		}
	}
	if err := st.rows.Flush(); err != nil {
		b.Fatal(err)
	}
	fmt.Printf("\nThe clip has %d KiB. Sixty times \"a second\" is the number of analyses a minute.\n%s\n%s\n", len(video)>>10, &st.text, st.stages(b))
}

// livenessOps is how many liveness checks a benchmark makes at least.
const livenessOps = 40

// stages is a table of the time spent in each stage since the start of the server.
func (st *stand) stages(b *testing.B) string {
	b.Helper()
	resp, err := http.Get(st.ops + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "stage\ttimes\tms each\t")
	counts := map[string]float64{}
	const name = "osprey_analysis_stage_seconds"
	for line := range strings.Lines(string(page)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok || !strings.HasPrefix(key, name) {
			continue
		}
		_, stage, _ := strings.Cut(key, `stage="`)
		stage, _, _ = strings.Cut(stage, `"`)
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			b.Fatal(err)
		}
		switch {
		case strings.HasPrefix(key, name+"_count{"):
			counts["count "+stage] = v
		case strings.HasPrefix(key, name+"_sum{"):
			counts["sum "+stage] = v
		}
	}
	for key := range counts {
		stage, ok := strings.CutPrefix(key, "sum ")
		if n := counts["count "+stage]; ok && n > 0 {
			fmt.Fprintf(t, "%s\t%.0f\t%.2f\t\n", stage, n, 1000*counts[key]/n)
		}
	}
	if err := t.Flush(); err != nil {
		b.Fatal(err)
	}
	return text.String()
}
