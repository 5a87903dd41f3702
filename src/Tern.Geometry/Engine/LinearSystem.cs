namespace Tern.Geometry.Engine;

/// <summary>The equations of one <see cref="EquationSystem"/>, solved, and as they were added.</summary>
sealed class LinearSystem
{
    readonly Elimination _elimination;

    public LinearSystem(int variables) => (_elimination, Log) = (new Elimination(variables), []);

    LinearSystem(LinearSystem other) => (_elimination, Log) = (other._elimination.Copy(), [.. other.Log]);

    public List<LoggedRow> Log { get; }

    public ReadOnlySpan<ulong> Fingerprints => _elimination.Fingerprints;

    public LinearSystem Copy() => new(this);

    public void Grow(int variables) => _elimination.Grow(variables);

    public bool Implies(LinearForm form) => _elimination.Implies(form);

    public LinearForm Reduce(LinearForm form) => _elimination.Reduce(form);

    public LinearForm NormalForm(int variable) => _elimination.NormalForm(variable);

    /// <summary>Of a variable's normal form, with its constants.</summary>
    public ulong Fingerprint(int variable) => Engine.Fingerprint.Add(_elimination.Fingerprints[variable], _elimination.ConstantFingerprints[variable]);

    /// <summary>Seems implied, by fingerprints only: enough to leave an equation out.</summary>
    public bool SeemsImplied(LinearForm form) => _elimination.FingerprintOf(form) == 0;

    /// <summary>False where the equation says nothing new.</summary>
    public bool Add(LinearForm form, int fact)
    {
        if (!_elimination.Add(form)) return false;
        Log.Add(new LoggedRow(form, fact));
        return true;
    }
}
