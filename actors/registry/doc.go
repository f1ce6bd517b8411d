// Package registry is the actor that owns all names: it spawns and supervises
// rooms and users, and forwards to them.
package registry
