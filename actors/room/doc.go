// Package room is the actor that owns one room: who is present, in which role,
// and in which order things are said.
package room
