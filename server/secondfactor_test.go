package server

import (
	"errors"
	"testing"
	"time"

	"hailong/server/store/memory"
)

// RFC 4226, appendix D, and RFC 6238, appendix B (SHA-1), with the secret "12345678901234567890".
func TestHOTP(t *testing.T) {
	t.Parallel()
	secret := []byte("12345678901234567890")
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := hotp(secret, uint64(counter), 6); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := hotp(secret, uint64(at/totpPeriod), 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

// secondHouse is a service with a user, at a time to be moved.
func secondHouse(t *testing.T) (*Service, *time.Time) {
	t.Helper()
	s, err := New(t.Context(), memory.New(), make([]byte, SecretSize), Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_700_000_010, 0)
	s.Now = func() time.Time { return now }
	if err := s.SetPassword(t.Context(), "lan", RoleLeader, "một mật khẩu dài"); err != nil {
		t.Fatal(err)
	}
	return s, &now
}

// codeOf is what a user's telephone shows, steps away from now.
func codeOf(t *testing.T, s *Service, name string, steps int64) string {
	t.Helper()
	u, err := s.User(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.secondSecret(u)
	if err != nil {
		t.Fatal(err)
	}
	return hotp(secret, uint64(s.Now().Unix()/totpPeriod+steps), totpDigits)
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s, now := secondHouse(t)
	ctx := t.Context()
	check := func(code string) error { _, err := s.CheckSecondFactor(ctx, "lan", code); return err }
	if err := check("123456"); !errors.Is(err, ErrForbidden) {
		t.Errorf("without one: %v", err)
	}
	e, err := s.BeginSecondFactor(ctx, "lan")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.BeginSecondFactor(ctx, "lan"); err != nil || again != e {
		t.Errorf("a reload draws another secret: %v", err)
	}
	if u, _ := s.User(ctx, "lan"); u.HasSecondFactor() {
		t.Error("asked for before it is confirmed")
	}
	if _, err := s.ConfirmSecondFactor(ctx, "lan", codeOf(t, s, "lan", 5)); !errors.Is(err, ErrForbidden) {
		t.Errorf("a wrong code: %v", err)
	}
	recovery, err := s.ConfirmSecondFactor(ctx, "lan", codeOf(t, s, "lan", 0))
	if err != nil || len(recovery) != recoveryCodes {
		t.Fatalf("%d recovery codes, %v", len(recovery), err)
	}
	if err := check(codeOf(t, s, "lan", 0)); !errors.Is(err, ErrForbidden) {
		t.Errorf("the code of the confirmation is taken again: %v", err)
	}
	*now = now.Add(totpPeriod * time.Second)
	if err := check(codeOf(t, s, "lan", 1)); err != nil { // a telephone half a minute ahead
		t.Errorf("the next code: %v", err)
	}
	for _, steps := range []int64{-2, -1, 0, 1, 2} {
		if err := check(codeOf(t, s, "lan", steps)); !errors.Is(err, ErrForbidden) {
			t.Errorf("a code %d steps away, not newer than the last or too far: %v", steps, err)
		}
	}
	*now = now.Add(10 * totpPeriod * time.Second)
	if err := check(" " + codeOf(t, s, "lan", -1)[:3] + " " + codeOf(t, s, "lan", -1)[3:]); err != nil {
		t.Errorf("with spaces, a little late: %v", err)
	}
	if left, err := s.CheckSecondFactor(ctx, "lan", recovery[3]); err != nil || left != recoveryCodes-1 {
		t.Errorf("a recovery code: %d left, %v", left, err)
	}
	for _, code := range []string{recovery[3], "", "000000", "0000-0000-0000", "💥"} {
		if err := check(code); !errors.Is(err, ErrForbidden) {
			t.Errorf("%q: %v", code, err)
		}
	}
	if err := s.DropSecondFactor(ctx, "lan"); err != nil {
		t.Fatal(err)
	}
	if u, err := s.User(ctx, "lan"); err != nil || u.Second != nil {
		t.Errorf("%+v, %v", u.Second, err)
	}
}

// Of many that send the same code at once, one gets in.
func TestSecondFactorOnce(t *testing.T) {
	t.Parallel()
	s, now := secondHouse(t)
	if _, err := s.BeginSecondFactor(t.Context(), "lan"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ConfirmSecondFactor(t.Context(), "lan", codeOf(t, s, "lan", 0)); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(time.Minute)
	code, results := codeOf(t, s, "lan", 0), make(chan error, 8)
	for range cap(results) {
		go func() { _, err := s.CheckSecondFactor(t.Context(), "lan", code); results <- err }()
	}
	in := 0
	for range cap(results) {
		if err := <-results; err == nil {
			in++
		} else if !errors.Is(err, ErrForbidden) {
			t.Error(err)
		}
	}
	if in != 1 {
		t.Errorf("%d got in with one code", in)
	}
}

// The store holds neither the secret nor a recovery code, and a secret moved to
// another user does not open.
func TestSecondFactorAtRest(t *testing.T) {
	t.Parallel()
	s, _ := secondHouse(t)
	ctx := t.Context()
	if _, err := s.BeginSecondFactor(ctx, "lan"); err != nil {
		t.Fatal(err)
	}
	u, err := s.User(ctx, "lan")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.secondSecret(u)
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Second.Secret) != len(secret)+16 || string(u.Second.Secret[:len(secret)]) == string(secret) {
		t.Error("the secret is stored as it is")
	}
	other := u
	other.Name = "mai"
	if _, err := s.secondSecret(other); !errors.Is(err, ErrWrongKey) {
		t.Errorf("under another name: %v", err)
	}
}
