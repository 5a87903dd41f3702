namespace Tern.Train.Data;

/// <summary>Packed sequences of tokens with their targets; plain memory, row-major [sequences, length].</summary>
/// <param name="Sequences">Rows.</param>
/// <param name="Length">Tokens in a row.</param>
/// <param name="Inputs">[sequences, length] token ids.</param>
/// <param name="Targets">[sequences, length]: the token that follows each input; <see cref="NoTarget"/> where nothing is to be learned.</param>
/// <param name="Documents">[sequences, length]: which document of its row a token belongs to, rising from 0; attention does not cross documents. Null where every row is of one document.</param>
public sealed record TokenBatch(int Sequences, int Length, int[] Inputs, int[] Targets, int[]? Documents)
{
    /// <summary>The target that means no loss, as everywhere in the field.</summary>
    public const int NoTarget = -100;

    /// <summary>Targets that count.</summary>
    public int TargetCount => Targets.Count(target => target != NoTarget);
}
