// Package packs holds the rule packs that are part of Navicert: the law as
// text, embedded.
package packs

import "embed"

// FS holds one directory a pack.
//
//go:embed us-tariff cn-tariff cn-export-control us-export-control parties
var FS embed.FS
