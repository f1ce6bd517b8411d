// Package user is the actor of one signed-in person: their sessions, nick,
// away text and the rooms they are in.
package user
