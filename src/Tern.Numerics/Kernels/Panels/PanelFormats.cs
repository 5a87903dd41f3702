using Tern.Numerics.Formats;

namespace Tern.Numerics.Kernels.Panels;

/// <summary>Code that is generic over a panel format.</summary>
interface IPanelFormatVisitor<out TResult>
{
    TResult Visit<TPanel>() where TPanel : struct, IPanelFormat<TPanel>;
}

/// <summary>The panel formats by tensor type; a new one is a line here.</summary>
static class PanelFormats
{
    /// <summary>Runs the visitor with the panel format of a type.</summary>
    /// <exception cref="NotSupportedException">The type has none.</exception>
    public static TResult Visit<TVisitor, TResult>(TensorType type, TVisitor visitor) where TVisitor : IPanelFormatVisitor<TResult> => type switch
    {
        TensorType.Q4_0 => visitor.Visit<Q4_0Panel>(),
        TensorType.Q4_1 => visitor.Visit<Q4_1Panel>(),
        TensorType.Q5_0 => visitor.Visit<Q5_0Panel>(),
        TensorType.Q5_1 => visitor.Visit<Q5_1Panel>(),
        TensorType.Q8_0 => visitor.Visit<Q8_0Panel>(),
        TensorType.Q2_K => visitor.Visit<Q2_KPanel>(),
        TensorType.Q3_K => visitor.Visit<Q3_KPanel>(),
        TensorType.Q4_K => visitor.Visit<Q4_KPanel>(),
        TensorType.Q5_K => visitor.Visit<Q5_KPanel>(),
        TensorType.Q6_K => visitor.Visit<Q6_KPanel>(),
        TensorType.IQ4_NL => visitor.Visit<IQ4_NLPanel>(),
        TensorType.IQ4_XS => visitor.Visit<IQ4_XSPanel>(),
        TensorType.TQ1_0 => visitor.Visit<TQ1_0Panel>(),
        TensorType.TQ2_0 => visitor.Visit<TQ2_0Panel>(),
        _ => throw new NotSupportedException($"There are no matrix kernels for {type}."),
    };
}
