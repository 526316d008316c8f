package agent

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"kpiagent/collectors"
)

// refusal marks a secret that a system has refused, so that it is not shown again, not even by an agent that crashes and
// starts again and again: accounts get locked that way. "" is none.
//
// It is kept in the ledger, so it holds a salt and 16 bits of a digest: enough to notice a changed secret, and far too little
// to find one with. Once in 65,536 times a changed secret is taken for the refused one; then a reload helps.
type refusal string

const saltBytes, markBytes = 8, 2

// refused makes the mark of a secret that is given by its digest.
func refused(digest []byte) refusal {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails
	return marked(salt, digest)
}

func marked(salt, digest []byte) refusal {
	sum := sha256.Sum256(append(append([]byte(nil), salt...), digest...))
	return refusal(hex.EncodeToString(salt) + hex.EncodeToString(sum[:markBytes]))
}

// covers reports whether it is this secret that was refused.
func (r refusal) covers(digest []byte) bool {
	mark, err := hex.DecodeString(string(r))
	return err == nil && len(mark) == saltBytes+markBytes && len(digest) > 0 && marked(mark[:saltBytes], digest) == r
}

// refusedStill says that the system has refused our user or password and that the secret is still the same: asking again
// and again would only lock the account. The complete read of the night asks once all the same.
func (r *reader) refusedStill() bool {
	mark := r.status.refusal()
	return mark != "" && mark.covers(r.secretDigest())
}

// secretDigest tells secrets apart without keeping them; nil where there is none, or none that can be read.
func (r *reader) secretDigest() []byte {
	secret, err := r.config.Credentials(r.around.LookupEnv, r.around.ReadFile)
	if err != nil || secret == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// noteRefusal keeps what a read with a secret has shown of it, also beyond the life of the agent.
func (r *reader) noteRefusal(digest []byte, err error) {
	var mark refusal
	if errors.Is(err, collectors.ErrAuth) && digest != nil {
		mark = refused(digest)
	}
	known := r.status.refusal()
	_, passing := collectors.Again(err)
	if mark == "" && (known == "" || passing && known.covers(digest)) {
		return // a system that is down does not show that the same secret is good now
	}
	r.setRefusal(mark)
}

func (r *reader) setRefusal(mark refusal) {
	r.status.refuse(mark)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // whatever has become of the read
	defer cancel()
	if err := r.ledger.Note(ctx, noteOfRefusal+r.name, string(mark)); err != nil {
		r.log.Warn("whether the system refuses the secret is forgotten when the agent stops", "err", err)
	}
}

const noteOfRefusal = "refused "
