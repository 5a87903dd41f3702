using Tern.Geometry.Language;
using Tern.Geometry.Pictures;
using Tern.Geometry.Search;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Geometry.Proofs;

/// <summary>A result as files: each proof as text, LaTeX, JSON and page, with its figure. Of a problem with several goals, the second proof is proof-2, and so on.</summary>
public static class ProofFolder
{
    /// <summary>A problem's name as that of a file: letters, digits, '.', '-' and '_' stay.</summary>
    public static string NameOf(Problem problem)
    {
        var name = string.Concat(problem.Name.Select(letter => char.IsLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '_')).TrimStart('.');
        return name.Length == 0 ? "problem" : name.Length <= 100 ? name : name[..100];
    }

    /// <summary>Writes what was found, in the clearest of some diagrams; without proof the figure alone. The PNG, which needs a font, comes last.</summary>
    /// <returns>The files.</returns>
    /// <exception cref="TernException">They cannot be written, or the machine has no font for the PNG.</exception>
    public static IReadOnlyList<string> Write(string folder, ProverResult result)
    {
        Create(folder);
        var written = new List<string>();
        var pictures = new List<(string Name, Figure Figure)>();
        foreach (var (i, found) in result.Proofs.Index())
        {
            var proof = ClearDiagram.Of(found);
            var number = i == 0 ? "" : $"-{i + 1}";
            Text($"proof{number}.txt", ProofText.Of(proof));
            Text($"proof{number}.tex", ProofLatex.Of(proof, document: true));
            Text($"proof{number}.json", ProofJson.Of(proof));
            Text($"proof{number}.json", ProofJson.Of(proof));
            Text($"proof{number}.html", ProofPage.Of(proof, result.Checks[i]));
            pictures.Add(($"figure{number}", ProblemFigure.Of(proof)));
        }
        if (pictures.Count == 0) pictures.Add(("figure", ProblemFigure.Of(result.Problem, ClearDiagram.Of(result.Problem))));
        foreach (var ending in (string[])[".svg", ".png"])
            foreach (var (name, figure) in pictures)
            {
                var path = Path.Combine(folder, name + ending);
                figure.Write(path);
                written.Add(path);
            }
        return written;

        void Text(string name, string text)
        {
            var path = Path.Combine(folder, name);
            AtomicFile.WriteText(path, text);
            written.Add(path);
        }
    }

    /// <exception cref="TernException">It cannot be made.</exception>
    public static void Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new TernException($"{folder}: the folder cannot be made: {problem.Message}");
        }
    }
}
