package main

// checkCommand is written next.
type checkCommand struct{}

// Run checks.
func (checkCommand) Run(*call) error { return nil }
