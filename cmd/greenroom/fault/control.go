package fault

// What prove and the server that it has started say to each other: a JSON
// value a line, on the server's standard input and output.

// Order is what prove says.
type Order struct {
	Strike *Fault `json:"strike,omitempty"`
	Report bool   `json:"report,omitempty"` // asks for a Status
}

// Report is what the server says; one field is set.
type Report struct {
	Ready  *Ready  `json:"ready,omitempty"` // once every listener accepts
	Struck *Struck `json:"struck,omitempty"`
	Status *Status `json:"status,omitempty"`
}

// Ready tells where to connect to.
type Ready struct {
	Address     string `json:"address"` // TLS
	Fingerprint string `json:"fingerprint"`
}

// Struck says that a fault has happened: when it began, and once more with Over
// set when one that lasts has ended.
type Struck struct {
	ID   int    `json:"id"`
	What string `json:"what,omitempty"` // the type of message that was struck
	Over bool   `json:"over,omitempty"`
}

// Status is what is alive in the server's process.
type Status struct {
	Goroutines int    `json:"goroutines"`
	Actors     int    `json:"actors"`
	Heap       uint64 `json:"heap"` // bytes in use after a collection
}
