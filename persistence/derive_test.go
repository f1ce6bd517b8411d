package persistence

import (
	"bytes"
	"testing"
)

func TestADerivedKeyIsTheSameAfterAReopenAndForOnePurposeOnly(t *testing.T) {
	dir := t.TempDir()
	cfg := Config{Dir: dir, MasterKeyFile: dir + "/master.key"}
	db, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	first, other := db.Derive("cloak"), db.Derive("something else")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err = Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if !bytes.Equal(first, db.Derive("cloak")) || bytes.Equal(first, other) {
		t.Error("the key is not the same after a reopen, or for two purposes")
	}
}
