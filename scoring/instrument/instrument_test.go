package instrument_test

import (
	"os"
	"testing"

	"hailong/scoring/instrument"
)

func TestAirport(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/airport2017.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := instrument.Parse("airport2017.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Items()); got != 24 {
		t.Errorf("%d items, want 24", got)
	}
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	if got := len(instrument.Short().Items()); got != 6 {
		t.Errorf("short has %d items, want 6", got)
	}
	if got := len(instrument.Full().Items()); got != 20 {
		t.Errorf("full has %d items, want 20", got)
	}
}
