package look

import (
	"example.org/osprey"
	"example.org/osprey/face"
)

// gestureTasks are the models that each gesture is judged by. The pose belongs to all
// that move, because another movement than the one asked for is told apart by it.
var gestureTasks = map[string][]face.Task{
	osprey.GestureTagBlank:   {face.TaskPose},
	osprey.GestureTagOneShot: {face.TaskPose}, // one of the bounds of a good frame
	osprey.GestureTagBest:    {face.TaskPose},
	osprey.GestureTagLeft:    {face.TaskPose},
	osprey.GestureTagRight:   {face.TaskPose},
	osprey.GestureTagDown:    {face.TaskPose},
	osprey.GestureTagHigh:    {face.TaskPose},
	osprey.GestureTagScan:    {face.TaskPose},
	osprey.GestureTagZoomIn:  {face.TaskPose},
	osprey.GestureTagZoomOut: {face.TaskPose},
	osprey.GestureTagSmile:   {face.TaskPose, face.TaskMesh, face.TaskExpression},
	osprey.GestureTagEyes:    {face.TaskPose, face.TaskMesh, face.TaskEyes},
}

// judges tells whether the pack has every model that the gesture is judged by. Where it
// has not, nothing is said of the gesture (api.md 9.4): what was not looked for was not
// missed.
func (l *Looker) judges(tag string) bool {
	tasks, known := gestureTasks[tag]
	for _, t := range tasks {
		known = known && l.o.Engine.Has(t)
	}
	return known
}
