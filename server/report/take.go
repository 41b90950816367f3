package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"hailong/server"
)

// A Refusal says what does not hold in a pack that was to be taken in. It is
// server.ErrInvalid.
type Refusal struct{ *Verification }

func (r *Refusal) Error() string {
	for _, c := range r.Checks {
		if !c.OK {
			return c.What + ": " + c.Why
		}
	}
	for _, f := range r.Files {
		if len(f.Differ) > 0 {
			return fmt.Sprintf("%s: %d số liệu khác / figures differ", f.File, len(f.Differ))
		}
	}
	return "the pack does not hold"
}

// Unwrap makes errors.Is(err, server.ErrInvalid) true.
func (r *Refusal) Unwrap() error { return server.ErrInvalid }

// TakePack checks a ward's review pack and keeps its counters with the city svc
// works for. unit and period, where not "", are what the pack must be of. A pack
// that does not hold is a *Refusal; one that is no pack is ErrNotPack and
// server.ErrInvalid.
func TakePack(ctx context.Context, svc *server.Service, unit, period string, r io.ReaderAt, size int64, by string) (kept server.TakenPack, already bool, err error) {
	files, err := openPack(r, size)
	if err != nil {
		return kept, false, fmt.Errorf("%w: %w", server.ErrInvalid, err)
	}
	m, err := readManifest(files.data[fileManifest])
	if err != nil {
		return kept, false, fmt.Errorf("%w: %w", server.ErrInvalid, err)
	}
	if unit != "" && m.Unit != unit || period != "" && m.Period != period {
		return kept, false, fmt.Errorf("%w: gói là của đơn vị %.40q, kỳ %.10q / the pack is of another unit or period", server.ErrInvalid, m.Unit, m.Period)
	}
	if err := svc.MayTake(ctx, m.Unit); err != nil {
		return kept, false, err
	}
	v, err := VerifyPack(r, size, Expectations{})
	if err != nil {
		return kept, false, fmt.Errorf("%w: %w", server.ErrInvalid, err)
	}
	if !v.OK {
		return kept, false, &Refusal{v}
	}
	review, err := readReview(m, files)
	if err != nil {
		return kept, false, fmt.Errorf("%w: %w", server.ErrInvalid, err)
	}
	p := server.NewTakenPack(review)
	sum := sha256.Sum256(files.data[fileManifest])
	p.Manifest, p.Key, p.Made, p.Demo = hex.EncodeToString(sum[:]), m.Key, m.Made, m.Demo
	return svc.KeepPack(ctx, p, by)
}
