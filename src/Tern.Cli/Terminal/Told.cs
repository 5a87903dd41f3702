namespace Tern.Cli.Terminal;

/// <summary>Progress that is told at once, on the thread that works (<see cref="Progress{T}"/> would use the thread pool).</summary>
sealed class Told<T>(Action<T> listener) : IProgress<T>
{
    public void Report(T value) => listener(value);
}
