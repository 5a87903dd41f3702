using System.Globalization;
using System.Runtime.CompilerServices;
using Tern.Models.Adapters;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Tern.Train.Recipes;

/// <summary>Writes a recipe as YAML, every value of it, defaults and nulls included.</summary>
sealed class RecipeYaml
{
    readonly Emitter _emitter;

    RecipeYaml(StringWriter text) => _emitter = new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue));

    public static string Write(Recipe recipe)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var yaml = new RecipeYaml(text);
        yaml._emitter.Emit(new StreamStart());
        yaml._emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        yaml.Value(recipe);
        yaml._emitter.Emit(new DocumentEnd(isImplicit: true));
        yaml._emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>Every single value with its path: ("model.heads", "8").</summary>
    public static IEnumerable<(string Path, string Value)> Flatten(Recipe recipe) => Flatten(recipe, "");

    static IEnumerable<(string Path, string Value)> Flatten(object? value, string path)
    {
        if (value is TargetModules targets) value = Written(targets);
        if (Single(value) is { } single) return [(path, single)];
        var prefix = path.Length == 0 ? "" : $"{path}.";
        return Items(value!) is { } items
            ? items.SelectMany((item, i) => Flatten(item, string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}")))
            : Entries(value!).SelectMany(entry => Flatten(entry.Value, prefix + entry.Key));
    }

    void Value(object? value)
    {
        if (value is TargetModules targets) value = Written(targets);
        if (value is string text) Text(text);
        else if (Single(value) is { } single) Scalar(single, ScalarStyle.Plain);
        else if (Items(value!) is { } items) List(items);
        else Mapping(Entries(value!));
    }

    void List(IEnumerable<object?> items)
    {
        _emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (var item in items) Value(item);
        _emitter.Emit(new SequenceEnd());
    }

    void Mapping(IEnumerable<(string Key, object? Value)> entries)
    {
        _emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));
        foreach (var (key, value) in entries)
        {
            Scalar(key, ScalarStyle.Plain);
            Value(value);
        }
        _emitter.Emit(new MappingEnd());
    }

    /// <summary>Quotes whatever could be read as something else than this text.</summary>
    void Text(string text) => Scalar(text, text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(IsPlain) && !RecipeScalars.IsNull(text)
        ? ScalarStyle.Plain
        : ScalarStyle.DoubleQuoted);

    static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/';

    void Scalar(string text, ScalarStyle style) =>
        _emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, style, isPlainImplicit: true, isQuotedImplicit: true));

    static object Written(TargetModules targets) => targets.Pattern is { } pattern ? pattern : targets.Names!;

    /// <summary>A value without parts as text; null where it has parts.</summary>
    static string? Single(object? value) => value switch
    {
        null => "null",
        string text => text,
        Enum word => RecipeScalars.WordOf(word),
        bool truth => truth ? "true" : "false",
        int or long or double => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };

    static IEnumerable<object?>? Items(object value) => value switch
    {
        ITuple tuple => Enumerable.Range(0, tuple.Length).Select(i => tuple[i]),
        System.Collections.IEnumerable list => list.Cast<object?>(),
        _ => null,
    };

    static IEnumerable<(string Key, object? Value)> Entries(object record)
    {
        var kind = RecipeKinds.All.FirstOrDefault(kind => kind.Type == record.GetType());
        if (kind is not null) yield return ("name", kind.Name);
        foreach (var key in RecipeKeys.Of(record.GetType())) yield return (key.Name, key.Property.GetValue(record));
    }
}
