package store

//go:generate sqlc generate
//go:generate go test -run TestGeneratedCodeIsCurrent -record .
