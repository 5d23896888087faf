// Package clienttest is a client of the API, generated from the OpenAPI document
// that a server serves. Tests of the server use it: what the document says holds.
package clienttest

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.5.0 -config oapi-codegen.yaml openapi-3.0.json
