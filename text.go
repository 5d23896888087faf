package navicert

import "github.com/navicert/navicert/internal/determination"

// TextOptions say how [Document.Text] lays out an answer for reading: how wide,
// and whether with colour.
type TextOptions = determination.TextOptions
