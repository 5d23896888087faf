// Package examples holds the example scenarios, embedded.
package examples

import "embed"

// Scenarios holds the files of the folder scenarios.
//
//go:embed scenarios/*.yaml
var Scenarios embed.FS
