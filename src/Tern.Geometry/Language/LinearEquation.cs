using Fractions;

namespace Tern.Geometry.Language;

/// <summary>
/// Newclid's equations, word by word: <c>lequation k₁ a b k₂ c d ... v</c> says Σ kᵢ |PᵢQᵢ| = v, with <c>a b * a b</c> for the square of a length;
/// <c>aequation k₁ a b c d ... v</c> says Σ kᵢ (d(CᵢDᵢ) - d(AᵢBᵢ)) = v.
/// </summary>
sealed class LinearEquation(string word)
{
    const string Lengths = "lequation", Angles = "aequation";

    readonly List<(Fraction Coefficient, List<int> Points)> _terms = [];
    Quantity? _last;
    int _products;

    public static readonly string[] Words = [Lengths, Angles];

    public static bool IsWord(string word) => Words.Contains(word);

    public void Add(Quantity quantity)
    {
        if (_last is not null) throw new ArgumentException($"{word}: two numbers one after the other.");
        _last = quantity;
    }

    public void Add(int point)
    {
        if (_last is { } coefficient) _terms.Add((coefficient.Number, []));
        else if (_terms.Count == 0) throw new ArgumentException($"{word}: a term begins with its coefficient.");
        _last = null;
        _terms[^1].Points.Add(point);
    }

    public void AddProduct() => _products++;

    public Statement ToStatement()
    {
        if (_last is null || _terms.Count == 0) throw new ArgumentException($"{word}: takes terms, each a coefficient and points, and a value at the end.");
        if (word == Angles) return OfAngles(_last.Angle);
        var areSquares = _products > 0;
        if (areSquares ? _products != _terms.Count || _terms.Any(term => !IsSquare(term.Points)) : _terms.Any(term => term.Points.Count != 2))
            throw new ArgumentException($"{word}: takes lengths, 'a b', or in all terms their squares, 'a b * a b'.");
        return new Statement(areSquares ? Predicate.SquaredLengthSum : Predicate.LengthSum, _terms.SelectMany(term => term.Points.Take(2)), _last.Number, _terms.Select(term => term.Coefficient));
    }

    Statement OfAngles(Fraction value)
    {
        if (_products > 0 || _terms.Any(term => term.Points.Count != 4)) throw new ArgumentException($"{word}: takes terms of a coefficient and four points.");
        return new Statement(Predicate.AngleSum, _terms.SelectMany(term => term.Points), value, _terms.SelectMany(term => new[] { -term.Coefficient, term.Coefficient }));
    }

    static bool IsSquare(List<int> points) =>
        points.Count == 4 && ((points[0] == points[2] && points[1] == points[3]) || (points[0] == points[3] && points[1] == points[2]));
}
