// Package store says what is kept of a server's work, and how jobs are kept that
// must outlive its process. Its packages keep it: sqlite in a file.
//
// Which questions are asked of a store its callers declare, each for itself;
// storetest holds that every store answers them alike.
package store

import (
	"errors"
	"time"
)

// ErrNotFound tells that nothing is kept under a name.
var ErrNotFound = errors.New("nothing is kept under that name")

// ErrTaken tells that something is kept under the name already.
var ErrTaken = errors.New("something is kept under that name already")

// Answer is a sealed answer that was asked to be kept.
type Answer struct {
	Digest   string // its seal
	Schedule string // digest of the packs it rests on
	Kept     time.Time
	Document []byte
}

// Reply is what was answered to a request with an idempotency key, to be
// answered again. Status is 0 while the request is still worked on.
type Reply struct {
	Key      string // with the operation it is of
	Request  string // digest of the request
	Made     time.Time
	Status   int
	Type     string // media type of the body
	Location string
	Body     []byte
}
