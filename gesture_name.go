package osprey

// GestureName is one row of the table of correspondence (components.md 5): what
// clients of each platform call a tag. Empty where a platform has no name for it. Only
// the tag crosses the wire.
type GestureName struct {
	Tag     string // of the API and the web plugin
	IOS     string // the movement
	Android string // the action, without its type
	Flutter string // the enum
	// FlutterText is how Flutter's enum is written as a text.
	FlutterText string
}

// gestureNames are the rows in the table's order.
var gestureNames = []GestureName{
	{Tag: GestureTagBlank, IOS: "selfie", Android: "Blank", Flutter: "blank", FlutterText: "blank"},
	{Tag: GestureTagOneShot, IOS: "one_shot", Android: "OneShot", Flutter: "oneShot", FlutterText: "one_shot"},
	{Tag: GestureTagSmile, IOS: "smile", Android: "Smile", Flutter: "smile", FlutterText: "smile"},
	{Tag: GestureTagEyes, IOS: "eyes", Android: "EyeBlink", Flutter: "eyeBlink", FlutterText: "eye_blank"}, // sic
	{Tag: GestureTagScan, IOS: "scanning", Android: "Scan", Flutter: "scan", FlutterText: "scan"},
	{Tag: GestureTagLeft, IOS: "left", Android: "HeadLeft", Flutter: "headLeft", FlutterText: "head_left"},
	{Tag: GestureTagRight, IOS: "right", Android: "HeadRight", Flutter: "headRight", FlutterText: "head_right"},
	{Tag: GestureTagDown, IOS: "down", Android: "HeadDown", Flutter: "headDown", FlutterText: "head_down"},
	{Tag: GestureTagHigh, IOS: "up", Android: "HeadUp", Flutter: "headUp", FlutterText: "head_up"},
	{Tag: GestureTagZoomIn, IOS: "close"},
	{Tag: GestureTagZoomOut, IOS: "far"},
	{Tag: GestureTagBest},
	{Tag: "photo_id_front", Flutter: "photoIdFront"},
	{Tag: TagDocumentBack, Flutter: "photoIdBack"},
	{Tag: TagDocumentPortrait, Flutter: "photoIdPortrait"},
	{Tag: "photo_selfie", Flutter: "photoSelfie"},
}

// spellings are names that are read and never written.
var spellings = map[string]string{"eye_blink": GestureTagEyes}

// GestureNames lists the rows.
func GestureNames() []GestureName { return append([]GestureName(nil), gestureNames...) }

// NamesOf is the row of a tag.
func NamesOf(tag string) (GestureName, bool) {
	for _, n := range gestureNames {
		if n.Tag == tag {
			return n, true
		}
	}
	return GestureName{}, false
}

// TagOf is the tag that a name of any platform, or the tag itself, stands for. No name
// means different tags on different platforms.
func TagOf(name string) (tag string, known bool) {
	if name == "" {
		return "", false
	}
	for _, n := range gestureNames {
		switch name {
		case n.Tag, n.IOS, n.Android, n.Flutter, n.FlutterText:
			return n.Tag, true
		}
	}
	tag, known = spellings[name]
	return tag, known
}
