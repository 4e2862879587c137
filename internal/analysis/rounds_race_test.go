//go:build race

package analysis_test

// raceRounds is over all lanes: the detector needs many to see what is rare.
const raceRounds = 1000
