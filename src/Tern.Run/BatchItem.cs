namespace Tern.Run;

/// <summary>Which positions give logits.</summary>
public enum LogitsOf
{
    None,
    Last,
    All,
}

/// <summary>Some new tokens of one sequence, to be run together with those of others.</summary>
/// <param name="Sequence">Must not appear twice in a batch.</param>
/// <param name="Tokens">Appended to the sequence.</param>
/// <param name="Logits">Which of them give logits.</param>
public readonly record struct BatchItem(Sequence Sequence, ReadOnlyMemory<int> Tokens, LogitsOf Logits = LogitsOf.Last);
