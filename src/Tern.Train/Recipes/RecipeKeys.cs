using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Tern.Train.Recipes;

/// <summary>The keys that a record has in YAML: its public properties that can be set, in snake_case, in the order of their declaration.</summary>
static class RecipeKeys
{
    public static IReadOnlyList<RecipeKey> Of(Type record) =>
    [
        .. BaseFirst(record)
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Select(property => new RecipeKey(property)),
    ];

    static IEnumerable<Type> BaseFirst(Type type) => type.BaseType is { } parent && parent != typeof(object) ? BaseFirst(parent).Append(type) : [type];
}

/// <summary>A key of a record and the property behind it.</summary>
sealed class RecipeKey(PropertyInfo property)
{
    public string Name { get; } = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);

    public PropertyInfo Property => property;

    public bool IsRequired { get; } = property.IsDefined(typeof(RequiredMemberAttribute));

    public bool MayBeNull { get; } = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
}
