using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Recipes;

/// <summary>Recipes as YAML. Keys and kinds that do not exist are errors with file, line and column, and with the one that was probably meant.</summary>
public static class RecipeFile
{
    /// <summary>Far more than any recipe has.</summary>
    const long MaxBytes = 1 << 20;

    /// <summary>Reads, overrides and checks a recipe.</summary>
    /// <param name="path">A YAML file.</param>
    /// <param name="overrides">What replaces values of the file, each <c>optimizer.learning_rate=3e-4</c>; values are YAML, items of lists are numbered from 0.</param>
    /// <exception cref="TernException">The file cannot be read, or see <see cref="Parse"/>.</exception>
    public static Recipe Read(string path, IEnumerable<string>? overrides = null) => Parse(ReadText(path), path, overrides);

    /// <summary>As <see cref="Read"/>, from text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="overrides">As of <see cref="Read"/>.</param>
    /// <exception cref="TernException">Not YAML; unknown, missing or ill-typed keys; or values that <see cref="RecipeChecks"/> finds wrong.</exception>
    public static Recipe Parse(string text, string name, IEnumerable<string>? overrides = null)
    {
        var document = RecipeDocument.Parse(text, name, overrides ?? []);
        var recipe = new RecipeBinder(document).Bind();
        var problems = RecipeChecks.Problems(recipe).Select(problem => $"{document.Where(problem.Key)}: {problem}").ToList();
        return problems.Count == 0 ? recipe : throw new TernException(string.Join('\n', problems));
    }

    /// <summary>Every value of the recipe, defaults included; <see cref="Parse"/> makes an equal recipe of it.</summary>
    public static string ToYaml(Recipe recipe) => RecipeYaml.Write(recipe);

    static string ReadText(string path)
    {
        if (Directory.Exists(path)) throw new TernException($"{path}: this is a folder; name the recipe's .yaml file.");
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file.");
        try
        {
            return new FileInfo(path).Length <= MaxBytes ? DiskFile.ReadAllText(path) : throw new TernException($"{path}: larger than 1 MiB; this is not a recipe.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TernException($"{path}: cannot be read: {problem.Message}", problem);
        }
    }
}
