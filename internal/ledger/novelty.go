package ledger

// novelty remembers which id hashes the ledger has taken since it was empty, as a Bloom filter: "never seen" is certain,
// so that a first import need not look up each of its dossiers. Beyond some four million it is given up.
type novelty struct {
	bits  [1 << noveltyBits / 64]uint64
	added int
}

const (
	noveltyBits = 25 // 4 MiB
	noveltyMax  = 4_000_000
)

// add remembers a hash.
func (n *novelty) add(hash uint64) {
	for i := range uint(4) {
		bit := n.bit(hash, i)
		n.bits[bit/64] |= 1 << (bit % 64)
	}
	n.added++
}

// new says that the hash was certainly never added.
func (n *novelty) new(hash uint64) bool {
	for i := range uint(4) {
		bit := n.bit(hash, i)
		if n.bits[bit/64]&(1<<(bit%64)) == 0 {
			return true
		}
	}
	return false
}

// bit gives the i-th bit of a hash: the two halves of it, mixed, step by step.
func (n *novelty) bit(hash uint64, i uint) uint64 {
	return (hash + uint64(i)*(hash>>32|1)*0x9E3779B97F4A7C15) >> (64 - noveltyBits)
}
