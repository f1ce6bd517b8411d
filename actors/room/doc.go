// Package room is the actor that owns one room: who is present, in which role,
// and in which order things are said. A conversation of two people is a room
// without a name. Nothing is shown to anybody before the journal has it.
//
// A restart loses the members' sessions, which their user actors give back
// when the new incarnation sends them Up; the invitations not yet used; and
// nothing else: topic, modes, lists and the roles of accounts come from the
// records, who was here and the roles of guests from Legacy, and an outcome of
// the journal that was being shown when the room failed is shown by the next
// incarnation, entry by entry, so that only a record which cannot be shown is
// left out. Commands that were waiting are refused.
package room
