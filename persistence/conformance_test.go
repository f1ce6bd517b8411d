package persistence_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/persistence"
	"github.com/greenroom-chat/greenroom/persistence/storetest"
)

func TestBadgerIsAStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string, now func() time.Time) persistence.Store {
		db, err := persistence.Open(persistence.Config{
			Dir: dir, MasterKeyFile: filepath.Join(dir, "master.key"), Now: now,
		})
		if err != nil {
			t.Fatal(err)
		}
		return db
	})
}
