package lite

import (
	"encoding/base64"
	"math"
	"net/http"
	"strconv"

	"example.org/osprey"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/wire"
)

// compareObject answers the calls that compare.
type compareObject struct {
	Score    wire.Score `json:"score"`
	Decision string     `json:"decision"`
}

// The decisions.
const (
	approved = "approved"
	declined = "declined"
	operator = "operator_required"
)

// see makes the template of a photo, by the look that analyses have.
func (c *call) see(sample []byte) (template, error) {
	seen, err := c.o.Eyes.Observe(c.ctx(), look.Medium{Type: osprey.MediaImage, Data: sample}, look.Want{})
	if err != nil {
		c.rejected(err)
		return template{}, err
	}
	t := template{model: c.model, quality: qualityUnknown, vector: seen.Embedding.Vector}
	if q, ok := seen.Grade[osprey.CheckUnified]; ok {
		t.quality = uint8(math.Round(math.Max(0, math.Min(100, q))))
	}
	return t, nil
}

// rejected counts a refused face.
func (c *call) rejected(err error) {
	c.o.Observer.FaceRejected(osprey.ErrorOf(err).Code, component)
}

// extract answers with the template of a photo.
func (c *call) extract(in input) (reply, error) {
	t, err := c.see(in[rawSample].data)
	if err != nil {
		return nil, err
	}
	b, err := t.encode(c.o.Keys.Current(), c.o.Seal)
	if err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", typeOctets)
		h.Set("X-Osprey-Model", c.embedder.Name+"/"+c.embedder.Version)
		if t.quality != qualityUnknown {
			h.Set("X-Osprey-Quality", strconv.Itoa(int(t.quality)))
		}
		if c.encoded() {
			h.Set("Content-Transfer-Encoding", "base64")
			b = []byte(base64.StdEncoding.EncodeToString(b))
		}
		h.Set("Content-Length", strconv.Itoa(len(b)))
		_, _ = w.Write(b) // the caller may be gone
	}, nil
}

// compare compares two templates.
func (c *call) compare(in input) (reply, error) {
	a, err := decode(in[featurePart].data, c.o.Keys)
	if err != nil {
		return nil, err
	}
	b, err := decode(in[savedPart].data, c.o.Keys)
	if err != nil {
		return nil, err
	}
	return c.score(a, b)
}

// verify compares a photo with a template. What is wrong with the template is told
// before what is wrong with the face, and after a photo that cannot be decoded.
func (c *call) verify(in input) (reply, error) {
	sample := in[probePart].data
	saved, err := decode(in[savedPart].data, c.o.Keys)
	if err == nil && saved.model != c.model {
		err = templateFault(reasonModel)
	}
	if err != nil {
		if undecodable := c.undecodable(sample); undecodable != nil {
			return nil, undecodable
		}
		return nil, err
	}
	seen, err := c.see(sample)
	if err != nil {
		return nil, err
	}
	return c.score(seen, saved)
}

// extractAndCompare compares two photos. A photo that cannot be decoded is told before
// the face of the other.
func (c *call) extractAndCompare(in input) (reply, error) {
	a, err := c.see(in[firstPart].data)
	if err != nil {
		if f := faultOf(err); f.kind == noFace || f.kind == severalFaces || f.kind == lowQuality {
			if undecodable := c.undecodable(in[secondPart].data); undecodable != nil {
				return nil, undecodable
			}
		}
		return nil, err
	}
	b, err := c.see(in[secondPart].data)
	if err != nil {
		return nil, err
	}
	return c.score(a, b)
}

// undecodable is what is wrong with the file of a photo, nil where nothing is.
func (c *call) undecodable(sample []byte) error {
	_, err := c.o.Eyes.Inspect(c.ctx(), sample)
	if err != nil && faultOf(err).kind == lowQuality { // too small, which is no fault of the file
		return nil
	}
	return err
}

// score compares two templates on the scale of their model.
func (c *call) score(a, b template) (reply, error) {
	scale := c.scales[a.model]
	if a.model != b.model || scale == nil || len(a.vector) != len(b.vector) {
		return nil, templateFault(reasonModel)
	}
	confidence := scale.Confidence(float64(osprey.Similarity(a.vector, b.vector)))
	result, word := osprey.JudgeBiometry([]osprey.FacePair{{Confidence: confidence}}, c.o.ThresholdMin, c.o.ThresholdMax)
	return object(compareObject{Score: wire.Score(result.Min), Decision: decisionOf(word)}), nil
}

func decisionOf(word osprey.Resolution) string {
	switch word {
	case osprey.ResolutionSuccess:
		return approved
	case osprey.ResolutionOperator:
		return operator
	}
	return declined
}
