package face

import (
	"fmt"
	"slices"
)

// The names that Output.Classes must hold for a task.
var namedClass = map[Task]string{TaskLiveness: "live", TaskEyes: "closed", TaskExpression: "happy"}

// checkTask refuses a model whose decoding this version does not know or
// whose outputs are too short for it.
func (m *ModelManifest) checkTask() error {
	check, ok := map[Task]func(*ModelManifest) bool{
		TaskDetect: (*ModelManifest).detects, TaskLandmarks: (*ModelManifest).landmarks,
		TaskEmbed: (*ModelManifest).embeds, TaskPose: (*ModelManifest).poses,
		TaskLiveness: (*ModelManifest).classifies, TaskEyes: (*ModelManifest).classifies,
		TaskExpression: (*ModelManifest).classifies, TaskMesh: (*ModelManifest).meshes,
		TaskTextBoxes: (*ModelManifest).isFed, TaskTextLines: (*ModelManifest).isFed,
	}[m.Task]
	if !ok || !check(m) {
		return fmt.Errorf("describes a %s model that this version cannot run", m.Task)
	}
	return nil
}

func (m *ModelManifest) detects() bool {
	out := m.Output
	return out.Decoding == "corners" && m.Input.Crop == "letterbox" && len(out.Sizes) == 2 &&
		out.Sizes[0]%2 == 0 && out.Sizes[1] == 2*out.Sizes[0] && out.NMS > 0 && out.NMS < 1
}

func (m *ModelManifest) landmarks() bool {
	return m.Output.Decoding == "points68" && m.Input.Crop == "square" && slices.Equal(m.Output.Sizes, []int{136}) && m.Input.isSquare()
}

func (m *ModelManifest) embeds() bool {
	return m.Output.Decoding == "embedding" && m.Input.Crop == "aligned" && len(m.Output.Sizes) == 1 &&
		m.Input.Shape[2] == CropSize && m.Input.isSquare() && m.Input.Color != "GRAY" && len(m.Input.Reference) == 5
}

func (m *ModelManifest) poses() bool {
	return m.Output.Decoding == "bins66" && m.Input.Crop == "box" && slices.Equal(m.Output.Sizes, []int{66, 66, 66})
}

// classifies tells whether the model gives one score for each of its classes,
// among which is the task's.
func (m *ModelManifest) classifies() bool {
	out := m.Output
	return (out.Decoding == "softmax" || out.Decoding == "probabilities") && len(out.Sizes) == 1 &&
		len(out.Classes) == out.Sizes[0] && out.Sizes[0] > 1 && slices.Contains(out.Classes, namedClass[m.Task]) &&
		m.Input.isSquare()
}

func (m *ModelManifest) meshes() bool {
	return m.Output.Decoding == "points468" && m.Input.Crop == "roi" && slices.Equal(m.Output.Sizes, []int{3 * MeshPoints, 1}) && m.Input.isSquare()
}

// isFed holds for every model: what it is fed and gives is the caller's of
// Run to know.
func (m *ModelManifest) isFed() bool { return true }

func (in Input) isSquare() bool { return in.Shape[2] == in.Shape[3] }
