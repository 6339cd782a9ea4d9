"""From a distribution over the next token to text: greedy, at random, by beam search."""
