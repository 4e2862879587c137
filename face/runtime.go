package face

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// environment is ONNX Runtime's process-wide state. It is made by the first
// pack that is opened and never destroyed: the library keeps threads and
// allocators that sessions of any pack may still use.
var environment struct {
	sync.Mutex
	library string // path of the loaded library
	sha256  string // its content, as the pack's manifest gives it; the path of another one
}

// startRuntime loads ONNX Runtime once per process: the pack's, or the library at
// another path, which the caller answers for. A second pack may lie elsewhere but
// must bring the same library, since a process can load only one.
func startRuntime(p *Pack, other string) error {
	environment.Lock()
	defer environment.Unlock()
	var hash string
	for _, f := range p.Manifest.Files {
		if f.Path == p.Manifest.Runtime.Library {
			hash = f.SHA256
		}
	}
	if other != "" {
		hash = other // the same path is the same library
	}
	if ort.IsInitialized() {
		if environment.sha256 != hash {
			return fmt.Errorf("face: pack %s brings another ONNX Runtime than %s, which this process has loaded", p.Dir, environment.library)
		}
		return nil
	}
	library := filepath.Join(p.Dir, filepath.FromSlash(p.Manifest.Runtime.Library))
	if other != "" {
		library = other
	}
	library, err := filepath.Abs(library)
	if err != nil {
		return fmt.Errorf("face: %w", err)
	}
	ort.SetSharedLibraryPath(library)
	if err := silence(); err != nil {
		return err
	}
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("face: load %s: %w", library, err)
	}
	if err := ort.DisableTelemetry(); err != nil {
		return fmt.Errorf("face: silence %s: %w", library, err)
	}
	environment.library, environment.sha256 = library, hash
	return nil
}

// silence keeps ONNX Runtime from gathering and sending telemetry. The library
// looks at the variable while it makes its environment, before which no call of
// its own could tell it; without it a device id and a database of events appear
// in the user's cache folder.
func silence() error {
	if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
		return fmt.Errorf("face: %w", err)
	}
	return nil
}
