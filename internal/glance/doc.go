// Package glance tells and draws what Osprey sees in files, outside any company,
// folder or database: the face, its pose and quality, how much it looks like a
// presentation attack, documents, and how alike the faces of several files are. It is
// for people who want to understand an answer or meet the product; it decides nothing.
package glance
