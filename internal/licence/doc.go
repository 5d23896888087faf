// Package licence is the licence desk: applications and the lanes they travel,
// the licences that come of them, and the ledger of what is drawn on a licence.
// It serves a licensing authority that works applications, and a trader that
// tracks its own with any authority; both have one model.
//
// # How it works
//
// A [Command] is what somebody does. It is checked against the state of the
// objects it touches and gives events, or a [Refusal] that says what was wrong
// and what to do instead. Events are appended to one log, which is hash-chained
// ([Log]); the state of every object is the fold of its events, and whatever can
// be derived from state and a day (active, expired, exhausted, overdue, lapsed)
// is derived when asked and stored nowhere.
//
// [Desk] runs commands: it loads what they need from a [Store], decides, and
// saves events, states and balances in one transaction.
//
// # What it keeps
//
// The law of the ledger: on every line of every licence, what is committed and
// what is reserved together never exceed the licensed quantity and its tolerance,
// nor the licensed value; no movement is lost, and none is counted twice. The
// desk checks it before it writes, and the store checks it again as it writes.
//
// The package reads no clock: the time of a command is given with it. It does no
// I/O but through the [Store].
package licence
