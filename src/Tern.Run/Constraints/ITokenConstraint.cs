namespace Tern.Run.Constraints;

/// <summary>Which tokens may come next: a grammar, a JSON schema. One instance follows one sequence.</summary>
public interface ITokenConstraint
{
    /// <summary>Sets the logits [vocabSize] of every token that may not come next to negative infinity.</summary>
    void Mask(Span<float> logits);

    /// <summary>Whether this token may come next; cheaper than <see cref="Mask"/> for a single candidate.</summary>
    bool Allows(int token);

    /// <summary>Moves on by one token.</summary>
    /// <exception cref="InvalidOperationException">The token is not allowed here.</exception>
    void Accept(int token);

    /// <summary>A copy that moves independently (beam search, batches, speculation).</summary>
    ITokenConstraint Fork();
}
