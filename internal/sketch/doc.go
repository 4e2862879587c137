// Package sketch draws lines, shapes and words on an image: the charts of
// evaluation reports and the pictures of what was seen in a photograph. It
// draws with soft edges, in pixels, x to the right and y down; what lies
// outside the image is cut off.
package sketch
