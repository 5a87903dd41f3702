using System.Numerics;

namespace Tern.Geometry.Engine;

/// <summary>
/// Linear equations over the rationals, solved as they come. Each solved variable is kept as a form of the unsolved ones, so that every form has one normal form, zero exactly where it follows from the equations.
/// The variable to solve for is the one that the fewest others depend on (as in the engine of AlphaGeometry2, arXiv 2502.03544).
/// </summary>
sealed class Elimination
{
    LinearForm?[] _solved = [];

    // [variable, solved variable]: which solved variables' forms have the variable. A matrix of bits, so that a copy is one move of memory.
    ulong[] _users = [];
    int _stride;
    ulong[] _fingerprints = [];
    ulong[] _constants = [];

    Elimination() { }

    public Elimination(int variables) => Grow(variables);

    public int VariableCount { get; private set; }

    /// <summary>How many equations were not consequences of those before.</summary>
    public int Rank { get; private set; }

    public Elimination Copy() => new()
    {
        _solved = (LinearForm?[])_solved.Clone(),
        _users = (ulong[])_users.Clone(),
        _stride = _stride,
        _fingerprints = (ulong[])_fingerprints.Clone(),
        _constants = (ulong[])_constants.Clone(),
        VariableCount = VariableCount,
        Rank = Rank,
    };

    /// <summary>Adds unsolved variables up to a number of them.</summary>
    public void Grow(int variables)
    {
        if (variables <= VariableCount) return;
        var stride = (variables + 63) / 64;
        var users = new ulong[variables * stride];
        for (var i = 0; i < VariableCount; i++) Array.Copy(_users, i * _stride, users, i * stride, _stride);
        (_users, _stride) = (users, stride);
        Array.Resize(ref _solved, variables);
        Array.Resize(ref _fingerprints, variables);
        Array.Resize(ref _constants, variables);
        for (var i = VariableCount; i < variables; i++) _fingerprints[i] = Fingerprint.Word(i);
        VariableCount = variables;
    }

    /// <summary>By variable: the fingerprint of its normal form without the constants.</summary>
    public ReadOnlySpan<ulong> Fingerprints => _fingerprints;

    /// <summary>By variable: the fingerprint of the constants of its normal form.</summary>
    public ReadOnlySpan<ulong> ConstantFingerprints => _constants;

    /// <summary>The variable in terms of unsolved ones.</summary>
    public LinearForm NormalForm(int variable) => _solved[variable] ?? LinearForm.Variable(variable);

    public LinearForm Reduce(LinearForm form)
    {
        var result = form;
        for (var i = 0; i < form.VariableCount; i++)
            if (_solved[form.Terms[i].Variable] is { } value) result = result.Substitute(form.Terms[i].Variable, value);
        return result;
    }

    /// <summary>The form is zero by the equations so far.</summary>
    public bool Implies(LinearForm form) => FingerprintOf(form) == 0 && Reduce(form).IsZero;

    /// <summary>Of the normal form, constants included.</summary>
    public ulong FingerprintOf(LinearForm form)
    {
        var sum = 0UL;
        for (var i = 0; i < form.VariableCount; i++)
        {
            var variable = form.Terms[i].Variable;
            sum = Fingerprint.Add(sum, Fingerprint.Multiply(Fingerprint.Of(form.Terms[i].Coefficient), Fingerprint.Add(_fingerprints[variable], _constants[variable])));
        }
        return Fingerprint.Add(sum, LinearForm.Sum(form.Constants));
    }

    /// <summary>Adds form = 0. False where that follows already, or where it says that a number other than zero is zero.</summary>
    public bool Add(LinearForm form)
    {
        var rest = Reduce(form);
        if (rest.VariableCount == 0) return false;
        var (pivot, fewest) = (-1, int.MaxValue);
        for (var i = 0; i < rest.VariableCount; i++)
        {
            var users = UserCount(rest.Terms[i].Variable);
            // Of equals the last one, which belongs to the newest point.
            if (users <= fewest) (pivot, fewest) = (rest.Terms[i].Variable, users);
        }
        Solve(pivot, rest);
        Rank++;
        return true;
    }

    int UserCount(int variable)
    {
        var count = 0;
        foreach (var word in _users.AsSpan(variable * _stride, _stride)) count += BitOperations.PopCount(word);
        return count;
    }

    void Solve(int pivot, LinearForm equation)
    {
        var value = equation.Substitute(pivot, LinearForm.Zero).Times(Rational.MinusOne / equation[pivot]);
        var fingerprint = LinearForm.Sum(value.Terms.AsSpan(0, value.VariableCount));
        var constants = LinearForm.Sum(value.Constants);
        var change = Fingerprint.Subtract(fingerprint, _fingerprints[pivot]);
        for (var word = 0; word < _stride; word++)
        {
            var users = _users[pivot * _stride + word];
            while (users != 0)
            {
                var user = word * 64 + BitOperations.TrailingZeroCount(users);
                users &= users - 1;
                Replace(user, pivot, value, change, constants);
            }
            _users[pivot * _stride + word] = 0;
        }
        _solved[pivot] = value;
        (_fingerprints[pivot], _constants[pivot]) = (fingerprint, constants);
        for (var i = 0; i < value.VariableCount; i++) SetUser(value.Terms[i].Variable, pivot);
    }

    void Replace(int user, int pivot, LinearForm value, ulong change, ulong constants)
    {
        var old = _solved[user]!;
        var factor = Fingerprint.Of(old[pivot]);
        var form = old.Substitute(pivot, value);
        _solved[user] = form;
        _fingerprints[user] = Fingerprint.Add(_fingerprints[user], Fingerprint.Multiply(factor, change));
        _constants[user] = Fingerprint.Add(_constants[user], Fingerprint.Multiply(factor, constants));
        for (var i = 0; i < value.VariableCount; i++)
        {
            var variable = value.Terms[i].Variable;
            if (form[variable].IsZero) ClearUser(variable, user);
            else SetUser(variable, user);
        }
    }

    void SetUser(int variable, int user) => _users[variable * _stride + (user >> 6)] |= 1UL << user;

    void ClearUser(int variable, int user) => _users[variable * _stride + (user >> 6)] &= ~(1UL << user);
}
