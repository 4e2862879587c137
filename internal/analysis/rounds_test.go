//go:build !race

package analysis_test

// raceRounds is over all lanes: without the detector a few keep the test alive.
const raceRounds = 80
